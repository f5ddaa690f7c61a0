#include "dialect/Suggestion.h"
#include <gtest/gtest.h>

using attune::Suggestion;

namespace {

TEST(SuggestionTest, FindsTheNearestName) {
  Suggestion suggestion("layer_nrm");
  for (llvm::StringRef name : {"linear", "layer_norm", "layers"})
    suggestion.consider(name);
  EXPECT_EQ(suggestion.text(), "; did you mean 'layer_norm'?");
}

TEST(SuggestionTest, IsSilentAboutFarNames) {
  Suggestion suggestion("abc");
  suggestion.consider("xyz");
  suggestion.consider("abc"); // itself
  EXPECT_EQ(suggestion.text(), "");
}

} // namespace
