// The meaning of the attn dialect, in float64.
//
// A program of any phase from `input` to `kernels` runs here as it is written:
// no rounding to narrower floats, no approximations, sums in row-major order or
// in blocks. What a pass or a kernel computes is compared with this. How far it
// may be off, the plain mode of Arithmetic.h tells.
//
// - Integers wrap at their width; division by zero and its remainder give 0,
//   as in Halide. A float outside an integer's range is clamped, NaN gives 0.
// - max and min pass NaN on. An empty sum is 0, an empty max -inf, an empty
//   min +inf (for integers: the ends of their range).
// - Attention evaluates score and weight for kept pairs alone. A normaliser
//   gives 0 for a score of -inf, and 0 where its sum is 0. A row with nothing
//   kept is 0.
// - A load outside its tensor is an error that names the tensor, the axis, the
//   index and the bound; it is never performed.
#pragma once

#include "reference/Arithmetic.h"
#include "reference/Array.h"
#include "dialect/Attn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace attune::reference {

class Memory;
class Sizes;
struct Frame;
struct Tensor;

struct InterpreterOptions {
  /// Bytes that tensors may take at one time; 0 for three quarters of the
  /// machine's memory.
  uint64_t memoryLimit = 0;
  /// Runs this variant of every kernel (the last one where there are fewer)
  /// instead of the first whose condition holds; not one for a size of 0.
  std::optional<unsigned> variant;
  Arithmetic arithmetic = Arithmetic::Float64;
};

/// Gives the weight called `name`; its type and sizes are checked.
using WeightLookup = std::function<llvm::Expected<Array>(llvm::StringRef name)>;

class Interpreter {
public:
  Interpreter(mlir::ModuleOp module, WeightLookup weights,
              InterpreterOptions options = {});
  ~Interpreter();

  /// The function called `name`; where it is empty, the first model, or the
  /// first public function of a module without models.
  static llvm::Expected<mlir::func::FuncOp> findEntry(mlir::ModuleOp module,
                                                      llvm::StringRef name);
  /// How messages and command lines call an input or a result of `entry`.
  static std::string inputName(mlir::func::FuncOp entry, unsigned input);
  static std::string resultName(mlir::func::FuncOp entry, unsigned result);

  /// Runs `entry` and gives its results in order. The first run also runs
  /// @prepare, where there is one.
  llvm::Expected<std::vector<Array>> run(llvm::StringRef entry,
                                         std::vector<Array> inputs);

private:
  using TensorRef = std::shared_ptr<const Tensor>;

  llvm::Error prepare();
  /// The one block of a function.
  static llvm::Expected<mlir::Block *> bodyOf(mlir::func::FuncOp function);
  llvm::Expected<TensorRef> readWeight(mlir::Operation *user,
                                       llvm::StringRef name);
  llvm::Expected<std::vector<TensorRef>> runBlock(mlir::Block &block,
                                                  Frame &frame);
  llvm::Error runOperation(mlir::Operation *op, Frame &frame);
  llvm::Expected<TensorRef> runKernel(attn::KernelOp kernel, Frame &frame);
  llvm::Expected<TensorRef> runCall(attn::CallOp call, Frame &frame);
  llvm::Expected<unsigned> chooseVariant(mlir::ArrayAttr conditions,
                                         const Sizes &sizes) const;
  llvm::Error checkIndices(attn::CheckIndexOp check, Frame &frame);
  llvm::Error checkSize(attn::CheckSizeOp check, Frame &frame);

  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  WeightLookup weights;
  InterpreterOptions options;
  std::shared_ptr<Memory> memory;
  llvm::StringMap<TensorRef> tensors; // weights that were read, prepared tensors
  bool isPrepared = false;
  unsigned callDepth = 0;
};

} // namespace attune::reference
