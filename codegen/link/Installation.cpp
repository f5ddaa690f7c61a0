#include "codegen/link/Installation.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace attune {
namespace {

std::string existing(StringRef folder, const Twine &a, const Twine &b = "",
                     const Twine &c = "") {
  SmallString<256> path(folder);
  sys::path::append(path, a, b, c);
  return sys::fs::exists(path) ? path.str().str() : std::string();
}

} // namespace

Installation Installation::find(const char *argv0) {
  static int anchor;
  Installation result;
  result.self = sys::fs::getMainExecutable(argv0, &anchor);
  result.programs = sys::path::parent_path(result.self).str();
  std::string root = sys::path::parent_path(result.programs).str();
  if (std::string found = existing(root, "share", "attune", "std"); !found.empty())
    result.standardLibrary = sys::path::parent_path(found).str();
  // A build tree: its programs are where CMake put them, the library is source.
  if (result.standardLibrary.empty() && result.programs == ATTUNE_BUILD_PROGRAMS)
    result.standardLibrary = existing(ATTUNE_LANGUAGE_SOURCE, "");
  return result;
}

std::string Installation::program(StringRef name) const { return existing(programs, name); }

std::string Installation::library(StringRef name) const {
  StringRef root = sys::path::parent_path(programs);
  std::string path = existing(root, "lib", name);
  if (path.empty()) // CMAKE_INSTALL_LIBDIR can be another folder.
    path = existing(root, ATTUNE_LIBRARY_FOLDER, name);
  return path;
}

std::string fileIdentity(StringRef path) {
  sys::fs::file_status status;
  if (sys::fs::status(path, status) || !sys::fs::is_regular_file(status))
    return "";
  return (Twine(status.getSize()) + "-" +
          Twine(status.getLastModificationTime().time_since_epoch().count()))
      .str();
}

} // namespace attune
