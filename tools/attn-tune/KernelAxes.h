// The axes of a kernel's stages for actual sizes.
#pragma once

#include "dialect/Attn.h"
#include <map>

namespace attune::tune {
using attn::TensorType; // rather than MLIR's own

/// By size symbol.
using Sizes = std::map<std::string, int64_t>;

/// Value of a size; nothing where a symbol is not among them.
std::optional<int64_t> valueOf(attn::SizeAttr size, const Sizes &sizes);

struct Axis {
  std::string name;
  int64_t size;
  /// Equal for axes of different stages of which one reads the other at its own
  /// index: the rows of a product and of what follows it.
  unsigned group;
  bool isReduced;
};

struct Stage {
  attn::StageOp op;
  std::string name;
  std::vector<Axis> axes; ///< the reduced ones last

  const Axis *find(llvm::StringRef axis) const;
};

/// The stages of one variant of a kernel.
class KernelAxes {
public:
  /// Sizes that `sizes` does not know count as 1.
  KernelAxes(attn::KernelOp kernel, unsigned variant, const Sizes &sizes);

  llvm::ArrayRef<Stage> stages() const { return all; }
  const Stage *find(llvm::StringRef stage) const;
  /// "STAGE.LOOP" or "STAGE.PIECE.LOOP": the stage, and the loop without the
  /// piece; nothing for anything else.
  std::optional<std::pair<const Stage *, llvm::StringRef>> findLoop(llvm::StringRef level) const;

private:
  std::vector<Stage> all;
};

/// The variant that runs for these sizes.
unsigned variantFor(attn::KernelOp kernel, const Sizes &sizes);

} // namespace attune::tune
