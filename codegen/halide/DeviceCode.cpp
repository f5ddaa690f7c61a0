#include "codegen/halide/DeviceCode.h"
#include "codegen/halide/Kernel.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include <algorithm>

using llvm::StringRef;

namespace attune::kernels {
namespace {

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

/// Of the Func whose loop over blocks became the entry: Halide calls it after the loop, whose name begins with the
/// Func's and the number of its definition. `$` comes before a number that makes the name the only one.
const GridLimits &limitsOf(StringRef entry, const std::vector<GridLimits> &limits) {
  auto isOf = [&](StringRef func) {
    StringRef rest = entry.split(func).second;
    return rest.starts_with("_global_wrapper") || (rest.consume_front("_s") && rest.ltrim("0123456789").starts_with("_"));
  };
  const GridLimits *found = nullptr;
  for (const GridLimits &grid : limits) {
    std::string name = "_kernel_";
    for (char c : grid.func)
      name += c == '$' ? "__" : llvm::isAlnum(c) ? std::string(1, c) : "_";
    if (isOf(name) && (!found || grid.func.size() > found->func.size()))
      found = &grid;
  }
  if (!found)
    throw KernelError("its PTX has a grid of no stage: " + entry.str());
  return *found;
}

} // namespace

std::vector<std::string> ptxOf(const Halide::Module &module) {
  std::vector<std::string> texts;
  for (const Halide::Buffer<> &buffer : module.buffers())
    if (std::optional<StringRef> text = ptxIn(buffer))
      texts.push_back(text->str());
  return texts;
}

void limitThreads(Halide::Module &module, const std::vector<GridLimits> &limits) {
  for (Halide::Buffer<> buffer : module.buffers()) {
    std::optional<StringRef> text = ptxIn(buffer);
    if (!text)
      continue;
    // The buffer keeps its size: the directives take the place of comments.
    std::string code = withoutComments(*text), limited;
    StringRef rest = code;
    for (size_t entry; (entry = rest.find(".entry")) != StringRef::npos;) {
      size_t body = rest.find('{', entry);
      const GridLimits &grid = limitsOf(rest.slice(entry, body), limits);
      limited += rest.take_front(body).str() + ".maxntid " + std::to_string(grid.threads) + "\n.minnctapersm " +
                 std::to_string(grid.blocks) + "\n{";
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
