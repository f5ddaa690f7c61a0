// Files that appear whole or not at all, and folders that go away.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <string>

namespace attune {

/// The whole file, a pipe or a device too; null where it has more than `most`
/// bytes.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readFile(const std::string &path,
                                                             uint64_t most);

/// Writes beside `path`, then renames: whoever reads `path` sees the old file
/// or the new one.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef data, bool executable = false);

/// Known before minutes of work: whether a file may be written there.
llvm::Error checkPlace(llvm::StringRef path);

/// A folder for what is in the making, removed with everything in it.
class TemporaryFolder {
public:
  TemporaryFolder() = default;
  TemporaryFolder(TemporaryFolder &&other) : folder(std::move(other.folder)) { other.folder.clear(); }
  TemporaryFolder &operator=(TemporaryFolder &&other) {
    std::swap(folder, other.folder);
    return *this;
  }
  ~TemporaryFolder();

  static llvm::Expected<TemporaryFolder> create();
  std::string file(const llvm::Twine &name) const;

private:
  std::string folder;
};

} // namespace attune
