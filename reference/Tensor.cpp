#include "reference/Tensor.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <new>
#include <unistd.h>

namespace attune::reference {

llvm::Error failure(mlir::Location location, const llvm::Twine &message) {
  std::string place;
  location->walk([&](mlir::Location inner) {
    auto file = llvm::dyn_cast<mlir::FileLineColLoc>(inner);
    if (!file)
      return mlir::WalkResult::advance();
    place = llvm::formatv("{0}:{1}:{2}: ", file.getFilename().getValue(),
                          file.getLine(), file.getColumn());
    return mlir::WalkResult::interrupt();
  });
  return llvm::createStringError(place + message);
}

Memory::Memory(uint64_t limit) : limit(limit) {
  if (limit)
    return;
  long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  constexpr uint64_t whereUnknown = uint64_t(4) << 30;
  this->limit = pages > 0 && size > 0
                    ? static_cast<uint64_t>(pages) / 4 * 3 * size
                    : whereUnknown;
}

llvm::Error Memory::reserve(uint64_t bytes) {
  if (bytes > limit - live)
    return llvm::createStringError(llvm::formatv(
        "the interpreter's tensors would take {0} bytes beside {1} in use, "
        "past its limit of {2}: run it with smaller sizes",
        bytes, live, limit));
  live += bytes;
  return llvm::Error::success();
}

llvm::SmallVector<int64_t> rowMajorStrides(llvm::ArrayRef<int64_t> shape) {
  llvm::SmallVector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    // A zero size leaves no elements, so the strides before it do not matter.
    stride *= std::max<int64_t>(shape[i], 1);
  }
  return strides;
}

std::optional<int64_t> elementCount(llvm::ArrayRef<int64_t> shape) {
  constexpr int64_t most = int64_t(1) << 62;
  int64_t count = 1;
  // A size of 0 counts as 1 for the limit, since the strides must fit as well.
  bool empty = false;
  for (int64_t size : shape) {
    empty |= size == 0;
    if (llvm::MulOverflow(count, std::max<int64_t>(size, 1), count) ||
        count > most)
      return std::nullopt;
  }
  return empty ? 0 : count;
}

llvm::Expected<std::shared_ptr<Tensor>>
allocate(std::shared_ptr<Memory> memory, llvm::StringRef name,
         mlir::Type elementType, llvm::ArrayRef<int64_t> shape) {
  std::optional<int64_t> count = elementCount(shape);
  bool overflow = !count;
  uint64_t bytes = llvm::SaturatingMultiply<uint64_t>(count.value_or(0), sizeof(double), &overflow);
  if (!count || overflow)
    return llvm::createStringError("tensor \"" + name + "\" of " +
                                   shapeText(shape, elementType) +
                                   " has too many elements");
  if (llvm::Error error = memory->reserve(bytes))
    return llvm::createStringError("tensor \"" + name + "\" of " +
                                   shapeText(shape, elementType) + ": " +
                                   toString(std::move(error)));
  auto tensor = std::make_shared<Tensor>();
  tensor->name = name.str();
  tensor->elementType = elementType;
  tensor->shape.assign(shape.begin(), shape.end());
  tensor->strides = rowMajorStrides(shape);
  tensor->storage = std::make_shared<Storage>(memory, bytes);
  try {
    tensor->storage->values.resize(*count);
  } catch (const std::bad_alloc &) {
    return llvm::createStringError("out of memory for tensor \"" + name +
                                   "\" of " + shapeText(shape, elementType));
  }
  return tensor;
}

std::string shapeText(llvm::ArrayRef<int64_t> shape, mlir::Type elementType) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (int64_t size : shape)
    os << size << 'x';
  os << elementType;
  return text;
}

} // namespace attune::reference
