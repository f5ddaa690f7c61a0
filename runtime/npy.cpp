#include "npy.h"
#include "element_type.h"
#include "half.h"
#include "message.h"
#include "size_expression.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace attune::runtime {

namespace {

// NumPy itself refuses headers past 10000 bytes unless told otherwise; structured
// types, which have long ones, are of no use here.
constexpr size_t maxHeader = 1 << 16;
// NumPy 2 allows this many.
constexpr size_t maxRank = 64;

struct Dtype {
  const char *name; // without the byte order
  attn_type type;
};

const Dtype dtypes[] = {
    {"f4", ATTN_F32}, {"f2", ATTN_F16}, {"V2", ATTN_BF16}, {"i4", ATTN_I32},
    {"i1", ATTN_I8},  {"b1", ATTN_BOOL}, {"i8", ATTN_I64}, {"f8", ATTN_F64},
    {"u1", ATTN_U8},  {"i2", ATTN_I16}, {"u2", ATTN_U16},  {"u4", ATTN_U32},
    {"u8", ATTN_U64},
};

/// The header is a Python dictionary of a text, a truth value and a tuple of integers,
/// in any order.
class HeaderReader {
public:
  explicit HeaderReader(std::string_view rest) : rest(rest) {}

  std::string descr;
  bool fortranOrder = false;
  std::vector<int64_t> shape;

  /// "" or what is wrong.
  std::string read() {
    bool hasDescr = false, hasOrder = false, hasShape = false;
    if (!take('{'))
      return "its header is no dictionary";
    while (!take('}')) {
      std::string key;
      if (!string(key) || !take(':'))
        return "its header is damaged";
      bool *seen = key == "descr"           ? &hasDescr
                   : key == "fortran_order" ? &hasOrder
                   : key == "shape"         ? &hasShape
                                            : nullptr;
      if (!seen || *seen)
        return "its header has " + std::string(seen ? "two keys " : "the unknown key ") +
               quote(key);
      *seen = true;
      if (seen == &hasDescr && !string(descr))
        return peek() == '[' ? "it holds records, not numbers"
                             : "its header has no readable dtype";
      if (seen == &hasOrder && !boolean(fortranOrder))
        return "its fortran_order is neither True nor False";
      if (seen == &hasShape)
        if (std::string problem = tuple(); !problem.empty())
          return problem;
      if (!take(',') && peek() != '}')
        return "its header is damaged";
    }
    skipSpaces();
    if (!rest.empty())
      return "its header is damaged";
    if (!hasDescr || !hasOrder || !hasShape)
      return std::string("its header has no ") +
             (!hasDescr ? "descr" : !hasOrder ? "fortran_order" : "shape");
    return "";
  }

private:
  void skipSpaces() {
    while (!rest.empty() && (rest[0] == ' ' || rest[0] == '\n' || rest[0] == '\t' ||
                             rest[0] == '\r'))
      rest.remove_prefix(1);
  }
  char peek() {
    skipSpaces();
    return rest.empty() ? '\0' : rest[0];
  }
  bool take(char c) {
    if (peek() != c)
      return false;
    rest.remove_prefix(1);
    return true;
  }
  bool string(std::string &value) {
    char mark = peek();
    if (mark != '\'' && mark != '"')
      return false;
    size_t end = rest.find(mark, 1);
    if (end == std::string_view::npos)
      return false;
    value = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return true;
  }
  bool boolean(bool &value) {
    skipSpaces();
    for (const char *word : {"False", "True"})
      if (rest.substr(0, std::strlen(word)) == word) {
        value = word[0] == 'T';
        rest.remove_prefix(std::strlen(word));
        return true;
      }
    return false;
  }
  std::string tuple() {
    if (!take('('))
      return "its shape is no tuple";
    while (!take(')')) {
      if (peek() == '-')
        return "its shape has a negative size";
      int64_t value = 0;
      bool digits = false;
      for (; !rest.empty() && rest[0] >= '0' && rest[0] <= '9'; digits = true) {
        if (mulOverflows(value, 10, value) || addOverflows(value, rest[0] - '0', value))
          return "its shape has a size past 64 bits";
        rest.remove_prefix(1);
      }
      if (!digits)
        return "its shape is damaged";
      if (shape.size() == maxRank)
        return "its shape has more than " + std::to_string(maxRank) + " sizes";
      shape.push_back(value);
      if (!take(',') && peek() != ')')
        return "its shape is damaged";
    }
    return "";
  }

  std::string_view rest;
};

/// "" or why data of this dtype cannot be read.
std::string findType(const std::string &descr, attn_type &type) {
  bool hasOrder = !descr.empty() && std::strchr("<>|=", descr[0]);
  std::string name = hasOrder ? descr.substr(1) : descr;
  for (const Dtype &dtype : dtypes) {
    if (name != dtype.name)
      continue;
    type = dtype.type;
    if (hasOrder && descr[0] == '>' && typeBytes(type) > 1)
      return "it is big-endian (" + descr + "): save x.astype('<" + name + "')";
    return "";
  }
  return "its dtype " + quote(descr) + " is not supported: save f32, f16, i32, i8 "
         "or bool";
}

} // namespace

Error readNpy(const std::string &name, const void *data, size_t size,
              Array &array) {
  auto refuse = [&](const auto &...why) {
    return failure(ATTN_ERROR_FILE, "file ", quote(name), ": ", why...);
  };
  const uint8_t *bytes = static_cast<const uint8_t *>(data);
  if (size == 0)
    return refuse("it is empty");
  if (std::memcmp(bytes, "\x93NUMPY", std::min<size_t>(size, 6)) != 0)
    return refuse("it is no .npy file",
                  std::memcmp(bytes, "PK\x03\x04", std::min<size_t>(size, 4)) == 0
                      ? " but an archive such as .npz: save one array with numpy.save"
                      : "");
  size_t start = size < 8 ? 8 : bytes[6] == 1 ? 10 : 12;
  if (size < start)
    return refuse("it is truncated: it ends inside its header");
  if (bytes[6] < 1 || bytes[6] > 3)
    return refuse("it has the unknown .npy version ", int(bytes[6]), ".",
                  int(bytes[7]));
  size_t headerSize = 0;
  for (size_t i = start; i-- > 8;)
    headerSize = headerSize << 8 | bytes[i];
  if (headerSize > size - start)
    return refuse("it is truncated: it ends inside its header of ",
                  counted(headerSize, "byte"));
  if (headerSize > maxHeader)
    return refuse("its header of ", counted(headerSize, "byte"), " is too long");

  HeaderReader header(
      std::string_view(reinterpret_cast<const char *>(bytes) + start, headerSize));
  std::string problem = header.read();
  Array result;
  if (problem.empty())
    problem = findType(header.descr, result.type);
  if (!problem.empty())
    return refuse(problem);
  if (header.fortranOrder)
    return refuse("it is in Fortran order: save numpy.ascontiguousarray(x)");
  int64_t dataBytes;
  if (!elementCount(header.shape.data(), header.shape.size(), result.elements) ||
      mulOverflows(result.elements, typeBytes(result.type), dataBytes))
    return refuse("its shape ", shapeText(header.shape), " is too large");
  size_t there = size - start - headerSize;
  if (there != static_cast<uint64_t>(dataBytes))
    return refuse(there < static_cast<uint64_t>(dataBytes)
                      ? "it is truncated: its "
                      : "it is damaged: its ",
                  typeName(result.type), " ", shapeText(header.shape), " needs ",
                  counted(static_cast<uint64_t>(dataBytes), "byte"),
                  ", the file has ", there);
  result.sizes = std::move(header.shape);
  result.data = bytes + start + headerSize;
  if (reinterpret_cast<uintptr_t>(result.data) %
          static_cast<size_t>(typeBytes(result.type)) != 0) {
    if (Error error = AlignedMemory::allocate(there, "an input", result.memory))
      return error;
    std::memcpy(result.memory.data(), result.data, there);
    result.data = result.memory.data();
  }
  array = std::move(result);
  return Error();
}

Error readNpy(const std::string &path, Array &array) {
  MappedFile file;
  if (Error error = MappedFile::open(path, file))
    return error;
  if (Error error = readNpy(path, file.data(), file.size(), array))
    return error;
  array.file = std::move(file);
  return Error();
}

Error writeNpy(FILE *file, const std::string &path, const attn_tensor &tensor) {
  auto failed = [&] {
    return failure(ATTN_ERROR_FILE, "cannot write ", quote(path), ": ",
                   std::strerror(errno));
  };
  const char *descr = nullptr;
  attn_type written = tensor.type == ATTN_BF16 ? ATTN_F32 : tensor.type;
  for (const Dtype &dtype : dtypes)
    if (dtype.type == written)
      descr = dtype.name;
  size_t rank = static_cast<size_t>(tensor.rank);
  int64_t elements;
  if (!descr || !elementCount(tensor.sizes, rank, elements))
    return failure(ATTN_ERROR_FILE, "cannot write ", quote(path),
                   ": the tensor's type or sizes have no place in a .npy file");
  std::string header = std::string("{'descr': '") +
                       (typeBytes(written) == 1 ? "|" : "<") + descr +
                       "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < rank; ++i)
    header += (i > 0 ? ", " : "") + std::to_string(tensor.sizes[i]);
  header += rank == 1 ? ",), }" : "), }";
  // The data starts at a multiple of 64 bytes, after a line break.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  const uint8_t start[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0,
                             static_cast<uint8_t>(header.size() & 255),
                             static_cast<uint8_t>(header.size() >> 8)};
  if (std::fwrite(start, 1, sizeof start, file) != sizeof start ||
      std::fwrite(header.data(), 1, header.size(), file) != header.size())
    return failed();
  size_t count = static_cast<size_t>(elements);
  if (tensor.type != ATTN_BF16) {
    size_t bytes = static_cast<size_t>(typeBytes(written));
    if (count > 0 && std::fwrite(tensor.data, bytes, count, file) != count)
      return failed();
    return Error();
  }
  float block[1024];
  for (size_t i = 0; i < count; i += 1024) {
    size_t length = std::min<size_t>(1024, count - i);
    widenBfloat(static_cast<const uint16_t *>(tensor.data) + i, block, length);
    if (std::fwrite(block, sizeof(float), length, file) != length)
      return failed();
  }
  return Error();
}

} // namespace attune::runtime
