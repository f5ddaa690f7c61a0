// The tensors of the weights file that a program names.
#ifndef ATTUNE_FRONTEND_WEIGHTS_H
#define ATTUNE_FRONTEND_WEIGHTS_H

#include "frontend/ModelBuilder.h"

#include "llvm/ADT/StringSet.h"

namespace attune::frontend {

class Weights {
public:
  explicit Weights(ModelBuilder &mb) : mb(mb) {}

  /// The value of the weight `name` under the current path. The same full
  /// path twice is one tensor, which must have one type.
  Value read(llvm::StringRef name, Element element,
             llvm::ArrayRef<SizeAttr> sizes);
  /// Values belong to one function.
  void startFunction() { values.clear(); }
  /// Names that no weight can have: those of the models.
  void reserve(llvm::StringRef name) { reserved.insert(name); }

private:
  struct Weight {
    mlir::Type type;
    llvm::SMRange where;
  };

  ModelBuilder &mb;
  llvm::StringMap<Weight> known;
  llvm::StringMap<mlir::Value> values;
  llvm::StringSet<> reserved;
  mlir::Operation *last = nullptr;
};

} // namespace attune::frontend

#endif
