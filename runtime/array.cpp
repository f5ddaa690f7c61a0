#include "array.h"
#include "element_type.h"
#include "half.h"
#include "message.h"
#include "size_expression.h"

#include <cstring>

namespace attune::runtime {

Error Array::allocate(attn_type type, std::vector<int64_t> sizes, Array &array) {
  Array result;
  int64_t bytes;
  if (!elementCount(sizes.data(), sizes.size(), result.elements) ||
      mulOverflows(result.elements, typeBytes(type), bytes))
    return failure(ATTN_ERROR_MEMORY, "a tensor of sizes ", shapeText(sizes),
                   " is too large");
  result.type = type;
  result.sizes = std::move(sizes);
  if (Error error = AlignedMemory::allocate(static_cast<uint64_t>(bytes), "a tensor",
                                            result.memory))
    return error;
  result.data = result.memory.data();
  array = std::move(result);
  return Error();
}

template <typename Value> static Value valueAt(const void *data, int64_t index) {
  Value value;
  std::memcpy(&value, static_cast<const uint8_t *>(data) +
                          static_cast<size_t>(index) * sizeof(Value), sizeof(Value));
  return value;
}

double elementAt(const attn_tensor &tensor, int64_t index) {
  const void *data = tensor.data;
  switch (tensor.type) {
  case ATTN_F32:
    return valueAt<float>(data, index);
  case ATTN_F16:
    return halfToFloat(valueAt<uint16_t>(data, index));
  case ATTN_BF16:
    return bfloatToFloat(valueAt<uint16_t>(data, index));
  case ATTN_I32:
    return valueAt<int32_t>(data, index);
  case ATTN_I8:
    return valueAt<int8_t>(data, index);
  case ATTN_BOOL:
  case ATTN_U8:
    return valueAt<uint8_t>(data, index);
  case ATTN_I64:
    return static_cast<double>(valueAt<int64_t>(data, index));
  case ATTN_F64:
    return valueAt<double>(data, index);
  case ATTN_I16:
    return valueAt<int16_t>(data, index);
  case ATTN_U16:
    return valueAt<uint16_t>(data, index);
  case ATTN_U32:
    return valueAt<uint32_t>(data, index);
  case ATTN_U64:
    return static_cast<double>(valueAt<uint64_t>(data, index));
  }
  return 0;
}

} // namespace attune::runtime
