#include "safetensors.h"
#include "message.h"
#include "safetensors_header.h"
#include "size_expression.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace attune::runtime {

namespace {

// The reference implementation refuses longer headers too.
constexpr uint64_t maxHeader = 100000000;

struct Dtype {
  const char *name;
  int64_t bits;
  int type; // attn_type, 0 when the runtime has none
};

const Dtype dtypes[] = {
    {"F32", 32, ATTN_F32},   {"F16", 16, ATTN_F16}, {"BF16", 16, ATTN_BF16},
    {"I32", 32, ATTN_I32},   {"I8", 8, ATTN_I8},    {"BOOL", 8, ATTN_BOOL},
    {"I64", 64, ATTN_I64},   {"F64", 64, ATTN_F64}, {"U8", 8, ATTN_U8},
    {"I16", 16, ATTN_I16},   {"U16", 16, ATTN_U16}, {"U32", 32, ATTN_U32},
    {"U64", 64, ATTN_U64},   {"F8_E4M3", 8, 0},     {"F8_E5M2", 8, 0},
    {"F8_E4M3FNUZ", 8, 0},   {"F8_E5M2FNUZ", 8, 0}, {"F8_E8M0", 8, 0},
    {"F6_E2M3", 6, 0},       {"F6_E3M2", 6, 0},     {"F4", 4, 0},
    {"C64", 64, 0},
};

const Dtype *findDtype(const std::string &name) {
  for (const Dtype &dtype : dtypes)
    if (name == dtype.name)
      return &dtype;
  return nullptr;
}

/// What a file may be instead, for people who gave the wrong one.
const char *lookalike(const uint8_t *data, uint64_t size) {
  auto startsWith = [&](const char *magic) {
    size_t length = std::strlen(magic);
    return size >= length && std::memcmp(data, magic, length) == 0;
  };
  if (startsWith("PK\x03\x04"))
    return "; it looks like a PyTorch or NumPy archive, to be saved with "
           "safetensors.torch.save_file";
  if (startsWith("version https://git-lfs"))
    return "; it is the pointer of a Git LFS file: `git lfs pull` fetches the file";
  if (startsWith("GGUF"))
    return "; it looks like a GGUF file";
  if (startsWith("\x93NUMPY"))
    return "; it looks like a .npy file";
  return "";
}

/// "" or what is wrong with the entry's dtype, shape and place in `dataSize` bytes.
std::string checkEntry(const SafetensorsEntry &entry, uint64_t dataSize) {
  std::string who = "tensor " + quote(entry.name);
  if (entry.begin > entry.end)
    return text(who, " ends at byte ", entry.end, " before it begins at ",
                entry.begin);
  if (entry.end > dataSize)
    return text(who, " ends at byte ", entry.end, " of the data, but the file has ",
                dataSize, ": the file is truncated or damaged");
  const Dtype *dtype = findDtype(entry.dtype);
  if (!dtype)
    return who + " has the unknown dtype " + quote(entry.dtype);
  int64_t elements, bits;
  if (!elementCount(entry.shape.data(), entry.shape.size(), elements) ||
      mulOverflows(elements, dtype->bits, bits))
    return who + " of shape " + shapeText(entry.shape) + " is too large";
  if (bits % 8 != 0 || static_cast<uint64_t>(bits / 8) != entry.end - entry.begin)
    return text(who, " of dtype ", entry.dtype, " and shape ",
                shapeText(entry.shape), " needs ", bits / 8,
                " bytes, but its data_offsets hold ", entry.end - entry.begin);
  return "";
}

/// "" or what is wrong with the entries together: the format wants them to cover the
/// data without overlap or hole.
std::string checkCover(const std::vector<SafetensorsEntry> &entries,
                       uint64_t dataSize) {
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::make_pair(entries[a].begin, entries[a].end) <
           std::make_pair(entries[b].begin, entries[b].end);
  });
  uint64_t covered = 0;
  const SafetensorsEntry *last = nullptr;
  for (size_t index : order) {
    const SafetensorsEntry &entry = entries[index];
    if (entry.begin < covered)
      return "tensors " + quote(last->name) + " and " + quote(entry.name) +
             " overlap";
    if (entry.begin > covered)
      return text("bytes ", covered, " to ", entry.begin,
                  " of its data belong to no tensor: it is damaged");
    covered = entry.end;
    last = &entry;
  }
  if (covered < dataSize)
    return text("it has ", dataSize - covered,
                " bytes after its last tensor: it is damaged");
  return "";
}

} // namespace

Error SafetensorsFile::open(const std::string &path, SafetensorsFile &file) {
  MappedFile mapping;
  if (Error error = MappedFile::open(path, mapping))
    return Error(ATTN_ERROR_WEIGHTS, error.message());
  if (Error error = read(path, mapping.data(), mapping.size(), file))
    return error;
  file.mapping = std::move(mapping);
  return Error();
}

Error SafetensorsFile::read(const std::string &name, const void *data,
                            uint64_t size, SafetensorsFile &file) {
  auto refuse = [&](const auto &...why) {
    return failure(ATTN_ERROR_WEIGHTS, "weights file ", quote(name), ": ", why...);
  };
  const uint8_t *bytes = static_cast<const uint8_t *>(data);
  if (size == 0)
    return refuse("it is empty");
  const char *hint = lookalike(bytes, size);
  if (size < 8)
    return refuse("it has only ", counted(size, "byte"),
                  " and is no safetensors file");
  uint64_t headerSize = 0;
  for (int i = 7; i >= 0; --i)
    headerSize = headerSize << 8 | bytes[i];
  if (*hint || headerSize > maxHeader)
    return refuse("it is no safetensors file: its header would have ",
                  counted(headerSize, "byte"), hint);
  if (headerSize > size - 8)
    return refuse("its header has ", counted(headerSize, "byte"),
                  ", but the file ends after ", size - 8,
                  ": it is truncated or no safetensors file");
  std::string_view json(reinterpret_cast<const char *>(bytes) + 8, headerSize);
  if (json.empty() || json[0] != '{')
    return refuse("it is no safetensors file: its header does not start with '{'");

  std::vector<SafetensorsEntry> entries;
  std::string problem = readSafetensorsHeader(json, entries);
  uint64_t dataSize = size - 8 - headerSize;
  for (size_t i = 0; i < entries.size() && problem.empty(); ++i)
    problem = checkEntry(entries[i], dataSize);
  if (problem.empty())
    problem = checkCover(entries, dataSize);
  if (!problem.empty())
    return refuse(problem);

  file = SafetensorsFile();
  file.title = name;
  file.list.reserve(entries.size());
  for (SafetensorsEntry &entry : entries) {
    const Dtype *dtype = findDtype(entry.dtype);
    file.index.emplace(entry.name, file.list.size());
    std::optional<attn_type> type;
    if (dtype->type)
      type = static_cast<attn_type>(dtype->type);
    file.list.push_back({std::move(entry.name), std::move(entry.dtype), type,
                         std::move(entry.shape),
                         bytes + 8 + headerSize + entry.begin,
                         entry.end - entry.begin});
  }
  return Error();
}

const SafeTensor *SafetensorsFile::find(const std::string &name) const {
  auto found = index.find(name);
  return found == index.end() ? nullptr : &list[found->second];
}

} // namespace attune::runtime
