#include "codegen/link/Files.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace attune {
namespace {

/// Reads no further than one byte past `most`.
ErrorOr<std::unique_ptr<MemoryBuffer>> readStream(const std::string &path, uint64_t most) {
  auto in = sys::fs::openNativeFileForRead(path);
  if (!in)
    return errorToErrorCode(in.takeError());
  std::string text;
  char chunk[1 << 16];
  size_t count = 1;
  std::error_code problem;
  while (!problem && count != 0 && text.size() <= most) {
    if (auto got = sys::fs::readNativeFile(*in, chunk))
      text.append(chunk, count = *got);
    else
      problem = errorToErrorCode(got.takeError());
  }
  sys::fs::closeFile(*in);
  if (problem)
    return problem;
  return MemoryBuffer::getMemBufferCopy(text, path);
}

} // namespace

Expected<std::unique_ptr<MemoryBuffer>> readFile(const std::string &path, uint64_t most) {
  auto fail = [&](const Twine &why) { return createStringError("cannot read " + path + ": " + why); };
  sys::fs::file_status status;
  if (std::error_code code = sys::fs::status(path, status))
    return fail(code.message());
  if (sys::fs::is_directory(status))
    return fail("it is a folder");
  if (status.getSize() > most)
    return nullptr;
  auto buffer = sys::fs::is_regular_file(status) ? MemoryBuffer::getFile(path, /*IsText=*/false)
                                                 : readStream(path, most);
  if (!buffer)
    return fail(buffer.getError().message());
  if ((*buffer)->getBufferSize() > most)
    return nullptr;
  return std::move(*buffer);
}

Error checkPlace(StringRef path) {
  StringRef folder = sys::path::parent_path(path);
  if (!folder.empty() && !sys::fs::is_directory(folder))
    return createStringError("cannot write " + path + ": there is no folder " + folder);
  if (sys::fs::is_directory(path))
    return createStringError("cannot write " + path + ": it is a folder");
  if (std::error_code code = sys::fs::access(folder.empty() ? "." : folder, sys::fs::AccessMode::Write))
    return createStringError("cannot write " + path + ": " + code.message());
  return Error::success();
}

Error writeFile(StringRef path, StringRef data, bool executable) {
  auto fail = [&](std::error_code code) {
    return createStringError(code, "cannot write " + path + ": " + code.message());
  };
  if (sys::fs::is_directory(path))
    return fail(std::make_error_code(std::errc::is_a_directory));
  // What is there and is no regular file (/dev/null, a pipe) is written to.
  sys::fs::file_status status;
  if (!sys::fs::status(path, status) && !sys::fs::is_regular_file(status)) {
    std::error_code code;
    raw_fd_ostream os(path, code);
    if (!code) {
      os << data;
      os.flush();
      code = os.error();
      os.clear_error();
    }
    return code ? fail(code) : Error::success();
  }
  int descriptor;
  SmallString<256> temporary;
  unsigned mode = sys::fs::all_read | sys::fs::all_write;
  if (executable)
    mode |= sys::fs::all_exe;
  mode &= ~sys::fs::getUmask();
  if (std::error_code code = sys::fs::createUniqueFile(
          path + ".%%%%%%%%.tmp", descriptor, temporary, sys::fs::OF_None, mode))
    return fail(code);
  raw_fd_ostream os(descriptor, /*shouldClose=*/true);
  os << data;
  os.close();
  std::error_code code = os.error();
  os.clear_error();
  if (!code)
    code = sys::fs::rename(temporary, path);
  if (!code)
    return Error::success();
  sys::fs::remove(temporary);
  return fail(code);
}

Expected<TemporaryFolder> TemporaryFolder::create() {
  SmallString<256> path;
  if (std::error_code code = sys::fs::createUniqueDirectory("attune", path))
    return createStringError(code, "cannot make a temporary folder: " + code.message());
  TemporaryFolder result;
  result.folder = path.str().str();
  return result;
}

TemporaryFolder::~TemporaryFolder() {
  if (!folder.empty())
    sys::fs::remove_directories(folder);
}

std::string TemporaryFolder::file(const Twine &name) const {
  SmallString<256> path(folder);
  sys::path::append(path, name);
  return path.str().str();
}

} // namespace attune
