#include "codegen/halide/DeviceCode.h"
#include "codegen/halide/Kernel.h"
#include "llvm/ADT/StringRef.h"
#include <algorithm>

using llvm::StringRef;

namespace attune::kernels {
namespace {

/// Threads of a multiprocessor among whom its registers are shared out: of 65,536 each gets
/// 128. Without such a number ptxas spares registers, and loads one after another.
constexpr int64_t residentThreads = 512;
/// The same where a thread has sums beside those of the product at hand: 168 each.
constexpr int64_t residentThreadsWithSums = 384;

/// The text in a buffer of a module, if it is PTX.
std::optional<StringRef> ptxIn(const Halide::Buffer<> &buffer) {
  if (buffer.type() != Halide::UInt(8) || buffer.dimensions() != 1)
    return std::nullopt;
  StringRef text(static_cast<const char *>(buffer.data()), buffer.size_in_bytes());
  text = text.rtrim('\0');
  return text.contains(".version") && text.contains(".entry") ? std::optional(text) : std::nullopt;
}

std::string withoutComments(StringRef text) {
  std::string plain;
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    if (StringRef code = line.split("//").first.rtrim(); !code.empty())
      plain += code.str() + "\n";
    text = rest;
  }
  return plain;
}

} // namespace

std::vector<std::string> ptxOf(const Halide::Module &module) {
  std::vector<std::string> texts;
  for (const Halide::Buffer<> &buffer : module.buffers())
    if (std::optional<StringRef> text = ptxIn(buffer))
      texts.push_back(text->str());
  return texts;
}

void limitThreads(Halide::Module &module, int64_t threads, bool keepsSums) {
  int64_t resident = keepsSums ? residentThreadsWithSums : residentThreads;
  for (Halide::Buffer<> buffer : module.buffers()) {
    std::optional<StringRef> text = ptxIn(buffer);
    if (!text)
      continue;
    std::string directives = ".maxntid " + std::to_string(threads) + "\n.minnctapersm " +
                             std::to_string(std::max<int64_t>(1, resident / threads)) + "\n";
    // The buffer keeps its size: the directives take the place of comments.
    std::string code = withoutComments(*text), limited;
    StringRef rest = code;
    for (size_t entry; (entry = rest.find(".entry")) != StringRef::npos;) {
      size_t body = rest.find('{', entry);
      limited += (rest.take_front(body) + directives).str();
      limited += "{";
      rest = rest.drop_front(body + 1);
    }
    limited += rest;
    if (limited.size() > text->size())
      throw KernelError("its PTX has no room for what is to be said of its threads");
    auto *bytes = static_cast<char *>(buffer.data());
    std::copy(limited.begin(), limited.end(), bytes);
    std::fill(bytes + limited.size(), bytes + text->size(), '\n');
  }
}

} // namespace attune::kernels
