// Files kept between runs of the compiler, found by the hash of what they were
// made from. Best effort: a cache that cannot be read or written is as an empty one.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include <optional>
#include <string>

namespace attune {

/// SHA-256, in hexadecimal digits.
std::string contentHash(llvm::StringRef text);

class Cache {
public:
  /// ATTUNE_CACHE_DIR, else XDG_CACHE_HOME/attune, else ~/.cache/attune;
  /// nothing where none of them is set.
  static std::optional<std::string> defaultFolder();

  explicit Cache(std::string folder) : folder(std::move(folder)) {}

  /// What `store` was given under this key; null where there is nothing or
  /// where it was damaged.
  std::unique_ptr<llvm::MemoryBuffer> load(llvm::StringRef kind, llvm::StringRef key) const;
  /// Any number of processes may store and load at the same time.
  void store(llvm::StringRef kind, llvm::StringRef key, llvm::StringRef data) const;

private:
  std::string pathOf(llvm::StringRef kind, llvm::StringRef key) const;
  std::string folder;
};

} // namespace attune
