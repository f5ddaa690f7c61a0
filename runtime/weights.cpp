#include "weights.h"
#include "element_type.h"
#include "half.h"
#include "message.h"
#include "random.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

namespace attune::runtime {

namespace {

bool widens(attn_type from, attn_type to) {
  return to == ATTN_F32 && (from == ATTN_F16 || from == ATTN_BF16);
}

std::string typed(const char *type, const std::vector<int64_t> &sizes) {
  return std::string(type) + " " + shapeText(sizes);
}

std::string fileNames(const std::vector<SafetensorsFile> &files) {
  std::vector<std::string> names;
  for (const SafetensorsFile &file : files)
    names.push_back(quote(file.name()));
  return listed(names);
}

/// "" or how the file's tensor fails to be the wanted one.
std::string mismatch(const FixedTensor &wanted, const SafeTensor &found,
                     const std::string &file) {
  std::string start = text("tensor ", quote(wanted.name), " is ",
                           typed(found.dtype.c_str(), found.sizes), " in ",
                           quote(file), ", but the model needs ",
                           typed(typeName(wanted.type), wanted.sizes));
  if (found.sizes != wanted.sizes) {
    std::vector<int64_t> reversed(found.sizes.rbegin(), found.sizes.rend());
    std::vector<int64_t> sortedFound = found.sizes, sortedWanted = wanted.sizes;
    std::sort(sortedFound.begin(), sortedFound.end());
    std::sort(sortedWanted.begin(), sortedWanted.end());
    if (reversed == wanted.sizes)
      return start + ": it is transposed";
    if (sortedFound == sortedWanted)
      return start + ": its axes are in another order";
    return start;
  }
  if (found.type && (*found.type == wanted.type || widens(*found.type, wanted.type)))
    return "";
  if (wanted.type == ATTN_F32)
    return start + ": save it as F32 (F16 and BF16 will do too)";
  return start + ": save it with that type";
}

std::string missing(const FixedTensor &wanted,
                    const std::vector<SafetensorsFile> &files) {
  std::string message =
      text("tensor ", quote(wanted.name), ", ",
           typed(typeName(wanted.type), wanted.sizes), ", is not in ",
           fileNames(files));
  std::vector<std::string_view> names;
  for (const SafetensorsFile &file : files)
    for (const SafeTensor &tensor : file.tensors())
      names.push_back(tensor.name);
  std::string close = closestName(wanted.name, names);
  return close.empty() ? message
                       : message + "; the nearest name there is " + quote(close);
}

Error provide(const WeightTensor &wanted, const SafeTensor &found,
              Weights &weights) {
  size_t alignment = static_cast<size_t>(typeBytes(wanted.type));
  bool aligned = reinterpret_cast<uintptr_t>(found.data) % alignment == 0;
  if (*found.type == wanted.type && aligned) {
    weights.data.push_back(found.data);
    return Error();
  }
  size_t count = static_cast<size_t>(wanted.elements);
  size_t bytes = static_cast<size_t>(wanted.bytes);
  return weights.addCopy(wanted, [=, from = *found.type, to = wanted.type,
                                  source = found.data](uint8_t *target) {
    if (from == to)
      std::memcpy(target, source, bytes);
    else if (from == ATTN_BF16)
      widenBfloat(source, reinterpret_cast<float *>(target), count);
    else
      widenHalf(source, reinterpret_cast<float *>(target), count);
  });
}

/// One line about tensors that nothing asked for.
std::string extraNote(const std::vector<WeightTensor> &wanted,
                      const std::vector<SafetensorsFile> &files, size_t count) {
  std::unordered_set<std::string_view> names;
  for (const WeightTensor &tensor : wanted)
    names.insert(tensor.name);
  std::vector<std::string> extra;
  for (size_t i = 0; i < count; ++i)
    for (const SafeTensor &tensor : files[i].tensors())
      if (!names.count(tensor.name))
        extra.push_back(quote(tensor.name));
  if (extra.empty())
    return "";
  return text("the model does not use ", counted(extra.size(), "tensor"),
              " of the weights: ", listed(extra, 3));
}

} // namespace

Error Weights::addCopy(const WeightTensor &tensor,
                       std::function<void(uint8_t *)> make) {
  AlignedMemory memory;
  if (Error error = AlignedMemory::allocate(static_cast<uint64_t>(tensor.bytes),
                                            "weights", memory))
    return error;
  if (tensor.preparesOnly) {
    lateByFirstCall[tensor.preparesOnly->first].push_back({copies.size(), std::move(make)});
    lateByLastCall[tensor.preparesOnly->last].push_back(copies.size());
  } else {
    make(memory.data());
  }
  data.push_back(memory.data());
  copies.push_back(std::move(memory));
  return Error();
}

void Weights::forgetData() {
  data.clear();
  copies.clear();
  files.clear();
}

void Weights::beforeCall(int64_t call) const {
  if (auto found = lateByFirstCall.find(call); found != lateByFirstCall.end())
    for (const Late &late : found->second)
      late.make(copies[late.copy].data());
}

void Weights::afterCall(int64_t call) const {
  if (auto found = lateByLastCall.find(call); found != lateByLastCall.end())
    for (size_t copy : found->second)
      copies[copy].forget();
  for (const SafetensorsFile &file : files)
    file.forget();
}

Error loadWeights(const std::vector<WeightTensor> &wanted,
                  const std::vector<std::string> &paths, const void *embedded,
                  uint64_t embeddedSize, Weights &weights) {
  Weights result;
  result.files.resize(paths.size());
  for (size_t i = 0; i < paths.size(); ++i)
    if (Error error = SafetensorsFile::open(paths[i], result.files[i]))
      return error;
  if (embedded) {
    result.files.emplace_back();
    if (Error error = SafetensorsFile::read("embedded in the program", embedded,
                                            embeddedSize, result.files.back()))
      return error;
  }
  if (result.files.empty() && !wanted.empty())
    return failure(ATTN_ERROR_WEIGHTS, "the model needs weights (",
                   counted(wanted.size(), "tensor"),
                   ") and none were given: name the safetensors file, "
                   "--weights=FILE on a command line");
  for (size_t i = 0; i < paths.size(); ++i)
    for (const SafeTensor &tensor : result.files[i].tensors())
      for (size_t j = 0; j < i; ++j)
        if (result.files[j].find(tensor.name))
          return failure(ATTN_ERROR_WEIGHTS, "tensor ", quote(tensor.name),
                         " is both in ", quote(result.files[j].name()), " and in ",
                         quote(result.files[i].name()));

  std::string problem;
  size_t problems = 0;
  for (const WeightTensor &tensor : wanted) {
    const SafeTensor *found = nullptr;
    const SafetensorsFile *from = nullptr;
    for (const SafetensorsFile &file : result.files)
      if (!found && (found = file.find(tensor.name)))
        from = &file;
    std::string complaint = found ? mismatch(tensor, *found, from->name())
                            : problem.empty() ? missing(tensor, result.files)
                                              : "missing";
    if (!complaint.empty()) {
      ++problems;
      if (problem.empty())
        problem = std::move(complaint);
    } else if (problem.empty()) {
      if (Error error = provide(tensor, *found, result))
        return error;
    }
  }
  if (problems == 1)
    return Error(ATTN_ERROR_WEIGHTS, problem);
  if (problems > 1)
    return failure(ATTN_ERROR_WEIGHTS, problem, " (", problems, " of the model's ",
                   counted(wanted.size(), "tensor"), " do not fit)");
  result.notes = extraNote(wanted, result.files, paths.size());
  weights = std::move(result);
  return Error();
}

Error drawWeights(const std::vector<WeightTensor> &wanted, uint64_t seed,
                  Weights &weights) {
  Weights result;
  for (const WeightTensor &tensor : wanted) {
    // Every tensor has a stream of its own, whatever the others are.
    auto draw = [type = tensor.type, elements = tensor.elements,
                 stream = seedOf(seed, tensor.name)](uint8_t *target) {
      fillRandom(type, weightRange(type), stream, target, elements);
    };
    if (Error error = result.addCopy(tensor, draw))
      return error;
  }
  weights = std::move(result);
  return Error();
}

} // namespace attune::runtime
