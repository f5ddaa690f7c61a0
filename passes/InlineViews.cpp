#include "passes/Passes.h"
#include "passes/Stages.h"

namespace attune {
#define GEN_PASS_DEF_INLINEVIEWS
#include "passes/Passes.h.inc"

namespace {
struct InlineViews : impl::InlineViewsBase<InlineViews> {
  void runOnOperation() override { inlineViews(getOperation()); }
};
} // namespace
} // namespace attune
