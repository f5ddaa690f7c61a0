// Scalar bodies of stages as Halide expressions.
#pragma once

#include "codegen/halide/ElementTypes.h"
#include "codegen/halide/Kernel.h"
#include "schedule/Reach.h"
#include "dialect/Attn.h"
#include "llvm/ADT/DenseMap.h"
#include <map>

namespace attune::kernels {

/// What bodies refer to: the sizes and tensors of one kernel.
struct TensorRef {
  std::variant<Halide::ImageParam, Halide::Func> source;
  std::vector<Halide::Expr> sizes; ///< outermost first
  unsigned part = 0; ///< which of the Func's values
  bool isReduction = false;
};

class Bodies {
public:
  explicit Bodies(const TargetInfo &target) : types(target.device), target(target) {}

  const ElementTypes types;

  void addSymbol(llvm::StringRef name, Halide::Expr value) { symbols[name.str()] = value; }
  void addTensor(mlir::Value value, TensorRef tensor) { tensors[value] = std::move(tensor); }

  Halide::Expr size(attn::SizeAttr size) const;

  /// A condition that chooses what is computed. Of one that Halide understands it takes what the
  /// blocks and threads of a device keep to begin where it holds: they keep what they compute,
  /// wherever that is.
  Halide::Expr choice(Halide::Expr condition) const {
    return !target.isDevice() ? condition : Halide::cast<uint8_t>(condition) != 0;
  }

  /// What `wanted`, values of `block`, are for the given indices; `reach[i]`
  /// tells whether index i leaves its size.
  std::vector<Halide::Expr> translate(mlir::Block *block, mlir::ValueRange wanted,
                                      llvm::ArrayRef<Halide::Expr> indices, llvm::ArrayRef<Halide::Expr> sizes,
                                      llvm::ArrayRef<Reach> reach);

private:
  using Environment = llvm::DenseMap<mlir::Value, Halide::Expr>;
  struct Body;
  const TargetInfo &target;
  std::map<std::string, Halide::Expr> symbols;
  llvm::DenseMap<mlir::Value, TensorRef> tensors;
};

/// Where a reduction of one value starts.
Halide::Expr identity(attn::Reducer reducer, Halide::Type type);
Halide::Expr combine(attn::Reducer reducer, Halide::Expr a, Halide::Expr b);
/// The same for all values of a stage.
std::vector<Halide::Expr> identities(attn::Reducer reducer, const std::vector<Halide::Type> &types);
std::vector<Halide::Expr> combine(attn::Reducer reducer, const std::vector<Halide::Expr> &sums, const std::vector<Halide::Expr> &terms);
/// `name` as Halide accepts it.
std::string plainName(llvm::StringRef name);

} // namespace attune::kernels
