#include "mapped_file.h"
#include "message.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace attune::runtime {

MappedFile::~MappedFile() {
  if (start)
    munmap(const_cast<uint8_t *>(start), length);
}

void MappedFile::forget() const {
  if (start)
    madvise(const_cast<uint8_t *>(start), length, MADV_DONTNEED);
}

Error MappedFile::open(const std::string &path, MappedFile &file) {
  auto failed = [&](const char *what, int code) {
    return failure(ATTN_ERROR_FILE, "cannot ", what, " ", quote(path), ": ",
                   std::strerror(code));
  };
  // Not to wait for a writer when the path is a pipe.
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return failed("open", errno);
  struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } closer{descriptor};
  struct stat status;
  if (fstat(descriptor, &status) != 0)
    return failed("read", errno);
  if (!S_ISREG(status.st_mode))
    return failure(ATTN_ERROR_FILE, "cannot read ", quote(path), ": it is ",
                   S_ISDIR(status.st_mode) ? "a directory" : "not a regular file");
  MappedFile mapped;
  if (status.st_size > 0) {
    void *address = mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ,
                         MAP_PRIVATE, descriptor, 0);
    if (address == MAP_FAILED)
      return failed("map", errno);
    mapped.start = static_cast<const uint8_t *>(address);
    mapped.length = static_cast<size_t>(status.st_size);
  }
  file = std::move(mapped);
  return Error();
}

} // namespace attune::runtime
