// A regular file mapped into memory for reading.
#ifndef ATTUNE_RUNTIME_MAPPED_FILE_H
#define ATTUNE_RUNTIME_MAPPED_FILE_H

#include "error.h"

#include <cstdint>

namespace attune::runtime {

class MappedFile {
public:
  MappedFile() = default;
  MappedFile(MappedFile &&other) noexcept { *this = std::move(other); }
  MappedFile &operator=(MappedFile &&other) noexcept {
    std::swap(start, other.start);
    std::swap(length, other.length);
    return *this;
  }
  ~MappedFile();

  static Error open(const std::string &path, MappedFile &file);

  /// Page aligned; null when the file is empty.
  const uint8_t *data() const { return start; }
  size_t size() const { return length; }

  /// Gives the pages back that were read; reading them again maps them again.
  void forget() const;

private:
  const uint8_t *start = nullptr;
  size_t length = 0;
};

} // namespace attune::runtime

#endif
