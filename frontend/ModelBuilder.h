// The IR under construction: where operations go, what they are called, and
// how a mistake is reported.
#ifndef ATTUNE_FRONTEND_MODELBUILDER_H
#define ATTUNE_FRONTEND_MODELBUILDER_H

#include "frontend/Diagnostics.h"
#include "frontend/Scalars.h"

#include "mlir/IR/BuiltinOps.h"

#include <set>

namespace attune::frontend {

/// A gather inside an attention definition whose index sizes do not bound.
struct GatherCheck {
  /// What the gather reads at: an attn.clamp.
  mlir::Value clamped;
  /// The index itself, an index or an i64.
  mlir::Value index;
  /// The index in terms of indices and sizes; null where it is not made of them.
  SizeAttr expression;
  SizeAttr size;
  std::string what;
  llvm::SMRange where;
};

/// A condition on integers that are made of indices and sizes.
struct Comparison {
  Operation op;
  SizeAttr lhs, rhs;
};

/// The body of an attention definition that is being emitted.
struct RegionState {
  enum Kind { Score, Keep, Weight } kind;
  llvm::StringMap<mlir::Value> indices;
  /// Batch, head, query and key of the pair, and how many there are of each.
  llvm::SmallVector<mlir::Value, 4> pair;
  llvm::SmallVector<SizeAttr, 4> pairSizes;
  Facts facts;
  /// Set by softmax and the like: a definition has at most one.
  bool hasNormalizer = false;
  /// In the order in which they were emitted.
  std::vector<GatherCheck> gathers;
  /// By the truth values that they give.
  llvm::DenseMap<mlir::Value, Comparison> comparisons;
};

class ModelBuilder {
public:
  ModelBuilder(mlir::ModuleOp module, Diagnostics &diag);

  //===-- Mistakes ---------------------------------------------------------===//

  /// Reports an error at the current place, with the calls that led there, and
  /// gives the value that stands for "none".
  Value fail(const llvm::Twine &message);
  Value failAt(llvm::SMRange where, const llvm::Twine &message);
  /// Reports a limit: nothing more is emitted afterwards.
  Value giveUp(const llvm::Twine &message);
  bool isStopped() const { return stopped || diag.isFull(); }

  //===-- Emission ---------------------------------------------------------===//

  mlir::MLIRContext *context() { return builder.getContext(); }
  /// File, line and column of the current place, named after the `at` path.
  mlir::Location location();
  /// "linear.product": the function that is being put in place, and `what`.
  std::string stageName(llvm::StringRef what) const;
  /// A body at the current insertion point.
  Body body() { return {builder, location(), region ? &region->indices : nullptr}; }
  const Facts &facts() const;

  /// `array` as a tensor of the IR; a stage called `what` where it is none yet.
  mlir::Value materialize(const ArrayPtr &array, llvm::StringRef what);
  /// Makes a computed array ready for use: a scalar in a region is emitted
  /// here, an array outside becomes a stage, unless it is cheap to repeat.
  Value finish(std::shared_ptr<Array> array, llvm::StringRef what);
  using StageBody = llvm::function_ref<mlir::Value(
      Body &, llvm::ArrayRef<mlir::Value>, llvm::ArrayRef<mlir::Value>)>;
  /// A stage that reduces; the body gets the axes' and the reduced indices.
  ArrayPtr reduceStage(llvm::StringRef what, attn::Reducer reducer,
                       Element element, llvm::ArrayRef<SizeAttr> sizes,
                       llvm::ArrayRef<SizeAttr> reduced,
                       llvm::ArrayRef<std::string> axes, StageBody body);
  /// A scalar reduction inside a region.
  mlir::Value reduceScalar(Body &body, attn::Reducer reducer, SizeAttr size,
                           llvm::StringRef axis,
                           llvm::function_ref<mlir::Value(Body &, mlir::Value)>
                               inner);

  /// Moves the insertion point out of bodies, before the operation of the
  /// function that holds them.
  void leaveRegion();
  /// Ends the run when `size` is larger than `bound`; once for equal checks.
  void checkSize(SizeAttr size, SizeAttr bound, const llvm::Twine &what);
  /// With `ifAny`, the one index, where the least i32 stands for none.
  void checkIndex(mlir::Value indices, SizeAttr size, const llvm::Twine &what,
                  bool ifAny = false);

  /// False, with an error, for sizes no tensor can have.
  bool checkShape(Element element, llvm::ArrayRef<SizeAttr> sizes);

  /// One name for each size: the dim's name where it is one, a letter where
  /// not. `last` and `others` may fix names; all are different.
  static llvm::SmallVector<std::string>
  axisNames(llvm::ArrayRef<SizeAttr> sizes);
  static void makeUnique(llvm::MutableArrayRef<std::string> names);

  /// What was remembered about the function before is forgotten. `seedSize` may
  /// name the size of the new one's seed.
  void startFunction(std::string seedSize);

  /// The words of the run's seed: an input that a model has once it draws.
  mlir::Value seed();
  /// The number of the model's next dropout.
  uint32_t nextSite() { return sites++; }

  Diagnostics &diag;
  mlir::ModuleOp module;
  mlir::OpBuilder builder;
  llvm::SMRange where;
  std::string path; // joined `at` paths
  struct Call {
    llvm::StringRef name;
    llvm::SMRange where;
  };
  std::vector<Call> calls;
  RegionState *region = nullptr;

private:
  /// Removes what no result needs and counts the rest.
  void tidy(mlir::Region &body);
  void count(mlir::Operation *op);

  bool stopped = false;
  uint64_t operations = 0;
  uint32_t sites = 0;
  std::string seedSize;
  mlir::Value seedInput;
  std::set<std::pair<const void *, const void *>> checkedSizes;
};

/// Erases operations of `block` that have no effect and no use.
void eraseDead(mlir::Block &block);

} // namespace attune::frontend

#endif
