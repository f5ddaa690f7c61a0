#include "reference/Dropout.h"
#include "reference/BodyEvaluator.h"
#include "mlir/IR/BuiltinTypes.h"

namespace attune::reference {

PhiloxCounter philox(PhiloxCounter counter, PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    uint64_t first = uint64_t(0xD2511F53) * counter[0];
    uint64_t second = uint64_t(0xCD9E8D57) * counter[2];
    counter = {static_cast<uint32_t>(second >> 32) ^ counter[1] ^ key[0],
               static_cast<uint32_t>(second),
               static_cast<uint32_t>(first >> 32) ^ counter[3] ^ key[1],
               static_cast<uint32_t>(first)};
    key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
  }
  return counter;
}

Array seedInput(mlir::MLIRContext *context, std::optional<uint64_t> seed) {
  Array array{mlir::IntegerType::get(context, 32), {seed ? 2 : 0}, {}};
  if (seed)
    for (uint32_t word : {static_cast<uint32_t>(*seed),
                          static_cast<uint32_t>(*seed >> 32)})
      array.data.push_back(static_cast<int32_t>(word));
  return array;
}

llvm::Error BodyEvaluator::runStep(const DropoutStep &step) {
  const double *value = floats(step.value), *rate = floats(step.rate);
  double *result = floats(step.result);
  const Tensor &seed = *step.seed;
  if (seed.count() == 0) {
    std::copy_n(value, count, result);
    return llvm::Error::success();
  }
  if (seed.count() != 2)
    return llvm::createStringError(program.place + program.what +
                                   " draws with a seed that has neither 0 nor 2 words");
  PhiloxKey key;
  for (int word = 0; word < 2; ++word)
    key[word] = static_cast<uint32_t>(static_cast<int64_t>(seed.data()[word]));
  // Row-major numbers of all indices but the last, lane by lane.
  std::vector<uint32_t> rows(count), columns(count);
  for (size_t axis = 0; axis < step.indices.size(); ++axis) {
    const int64_t *index = read(step.indices[axis]);
    bool isLast = axis + 1 == step.indices.size();
    for (int64_t i = 0; i < count; ++i) {
      if (isLast)
        columns[i] = static_cast<uint32_t>(index[i]);
      else
        rows[i] = rows[i] * static_cast<uint32_t>(step.extents[axis]) +
                  static_cast<uint32_t>(index[i]);
    }
  }
  for (int64_t i = 0; i < count; ++i) {
    uint32_t word = philox({columns[i], rows[i], step.site, 0}, key)[0];
    double u = (word >> 8) * 0x1p-24;
    // A kernel holds the rate in f32, and its mask goes by that.
    double rounded = static_cast<float>(rate[i]);
    result[i] = u < rounded ? 0 : value[i] / (1 - rounded);
  }
  return llvm::Error::success();
}

} // namespace attune::reference
