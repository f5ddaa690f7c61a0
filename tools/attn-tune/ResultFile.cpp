#include "tools/attn-tune/ResultFile.h"
#include "schedule/PrintSchedules.h"

using namespace mlir;
using namespace attune::attn;

namespace attune::tune {

std::string ResultFile::text() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const std::string &remark : remarks)
    os << "# " << remark << "\n";
  os << "target " << target << " {\n";
  if (!kernels.empty())
    os << "  model " << model << " {\n";
  for (const TunedKernel &kernel : kernels) {
    SmallVector<StageScheduleAttr> changed;
    for (StageScheduleAttr stage : kernel.after.getStages())
      if (stage != kernel.before.lookup(stage.getStage()))
        changed.push_back(stage);
    ArrayRef<DirectiveAttr> tiles = kernel.hasOtherTiles ? kernel.after.getTiles() : ArrayRef<DirectiveAttr>();
    for (const std::string &name : kernel.names)
      printKernelBlock(name, kernel.condition, tiles, changed, 2, os);
  }
  if (!kernels.empty())
    os << "  }\n";
  os << "}\n";
  return text;
}

} // namespace attune::tune
