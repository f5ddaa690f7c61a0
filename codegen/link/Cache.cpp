#include "codegen/link/Cache.h"
#include "codegen/link/Files.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include <cstdlib>

using namespace llvm;

namespace attune {
namespace {

/// An entry is this line, the hash of the data, a line end, and the data.
constexpr StringLiteral magic = "attune cache 1\n";
constexpr size_t hashDigits = 64;

} // namespace

std::string contentHash(StringRef text) {
  return toHex(SHA256::hash(arrayRefFromStringRef(text)), /*LowerCase=*/true);
}

std::optional<std::string> Cache::defaultFolder() {
  auto variable = [](const char *name) {
    const char *value = std::getenv(name);
    return StringRef(value ? value : "");
  };
  if (StringRef folder = variable("ATTUNE_CACHE_DIR"); !folder.empty())
    return folder.str();
  SmallString<256> path(variable("XDG_CACHE_HOME"));
  // The specification of base directories says to ignore relative ones.
  if (!sys::path::is_absolute(path)) {
    path = variable("HOME");
    if (!sys::path::is_absolute(path))
      return std::nullopt;
    sys::path::append(path, ".cache");
  }
  sys::path::append(path, "attune");
  return path.str().str();
}

std::string Cache::pathOf(StringRef kind, StringRef key) const {
  SmallString<256> path(folder);
  sys::path::append(path, kind, key.take_front(2), key.drop_front(2));
  return path.str().str();
}

std::unique_ptr<MemoryBuffer> Cache::load(StringRef kind, StringRef key) const {
  auto file = MemoryBuffer::getFile(pathOf(kind, key), /*IsText=*/false,
                                    /*RequiresNullTerminator=*/false);
  if (!file)
    return nullptr;
  StringRef text = (*file)->getBuffer();
  if (!text.consume_front(magic) || text.size() <= hashDigits)
    return nullptr;
  StringRef hash = text.take_front(hashDigits), data = text.drop_front(hashDigits + 1);
  if (contentHash(data) != hash)
    return nullptr;
  return MemoryBuffer::getMemBufferCopy(data);
}

void Cache::store(StringRef kind, StringRef key, StringRef data) const {
  std::string path = pathOf(kind, key);
  // Compiled code: nobody else may put something there.
  if (sys::fs::create_directories(sys::path::parent_path(path), true,
                                  sys::fs::owner_all))
    return;
  std::string entry = (magic + contentHash(data) + "\n").str();
  entry += data;
  consumeError(writeFile(path, entry));
}

} // namespace attune
