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
  std::string self = sys::fs::getMainExecutable(argv0, &anchor);
  result.programs = sys::path::parent_path(self).str();
  std::string root = sys::path::parent_path(result.programs).str();
  result.standardLibrary = existing(root, "share", "attune", "std");
#ifdef ATTUNE_SOURCE_STD
  // A build tree: its programs are where CMake put them, the library is source.
  if (result.standardLibrary.empty() && result.programs == ATTUNE_BUILD_PROGRAMS)
    result.standardLibrary = existing(ATTUNE_SOURCE_STD, "");
#endif
  return result;
}

std::string Installation::program(StringRef name) const { return existing(programs, name); }

std::string Installation::library(StringRef name) const {
  StringRef root = sys::path::parent_path(programs);
  std::string path = existing(root, "lib", name);
#ifdef ATTUNE_LIBRARY_FOLDER
  // CMAKE_INSTALL_LIBDIR, where it is not "lib".
  if (path.empty())
    path = existing(root, ATTUNE_LIBRARY_FOLDER, name);
#endif
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
