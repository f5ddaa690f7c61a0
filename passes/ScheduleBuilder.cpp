#include "passes/ScheduleBuilder.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {

std::string axis(StageOp stage, int64_t fromEnd) { return stage.getAxisName(stage.getRank() - 1 - fromEnd).str(); }

std::string leadingAxes(StageOp stage, int64_t drop) {
  std::string text;
  for (int64_t i = 0; i + drop < stage.getRank(); ++i)
    text += stage.getAxisName(i).str() + " ";
  return text;
}

void ScheduleBuilder::add(StringRef stage, ArrayRef<std::string> directives) {
  SmallVector<DirectiveAttr> parsed;
  for (StringRef text : directives) {
    SmallVector<StringRef> words;
    llvm::SplitString(text, words);
    SmallVector<Attribute> arguments;
    for (StringRef word : ArrayRef(words).drop_front()) {
      int64_t number;
      if (!word.getAsInteger(10, number))
        arguments.push_back(IntegerAttr::get(IntegerType::get(context, 64), number));
      else
        arguments.push_back(StringAttr::get(context, word));
    }
    parsed.push_back(DirectiveAttr::get(context, StringAttr::get(context, words.front()),
                                        ArrayAttr::get(context, arguments)));
  }
  stages.push_back(
      StageScheduleAttr::get(context, StringAttr::get(context, stage), parsed));
}

} // namespace attune
