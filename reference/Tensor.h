// Tensors while a program runs: counted memory, shared by reshapes.
#pragma once

#include "reference/Array.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace attune::reference {

/// An error at `location`: "file:line:column: message".
llvm::Error failure(mlir::Location location, const llvm::Twine &message);

/// Bytes that tensors take together.
class Memory {
public:
  explicit Memory(uint64_t limit);
  llvm::Error reserve(uint64_t bytes);
  void release(uint64_t bytes) { live -= bytes; }

private:
  uint64_t limit, live = 0;
};

struct Storage {
  Storage(std::shared_ptr<Memory> memory, uint64_t bytes)
      : memory(std::move(memory)), bytes(bytes) {}
  ~Storage() { memory->release(bytes); }
  Storage(const Storage &) = delete;

  std::vector<double> values;

private:
  std::shared_ptr<Memory> memory;
  uint64_t bytes;
};

struct Tensor {
  std::string name; // for messages
  mlir::Type elementType;
  llvm::SmallVector<int64_t> shape, strides;
  std::shared_ptr<Storage> storage;

  const double *data() const { return storage->values.data(); }
  int64_t count() const { return storage->values.size(); }
};
using TensorRef = std::shared_ptr<const Tensor>;

llvm::SmallVector<int64_t> rowMajorStrides(llvm::ArrayRef<int64_t> shape);

/// The product of `shape`, or nothing past 2^62.
std::optional<int64_t> elementCount(llvm::ArrayRef<int64_t> shape);

/// A tensor of zeros.
llvm::Expected<std::shared_ptr<Tensor>>
allocate(std::shared_ptr<Memory> memory, llvm::StringRef name,
         mlir::Type elementType, llvm::ArrayRef<int64_t> shape);

/// "2x3xf32".
std::string shapeText(llvm::ArrayRef<int64_t> shape, mlir::Type elementType);

} // namespace attune::reference
