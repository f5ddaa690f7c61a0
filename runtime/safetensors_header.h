// The JSON header of a safetensors file as it stands there, before its numbers are
// checked against the file.
#ifndef ATTUNE_RUNTIME_SAFETENSORS_HEADER_H
#define ATTUNE_RUNTIME_SAFETENSORS_HEADER_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace attune::runtime {

struct SafetensorsEntry {
  std::string name, dtype;
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0; // from the end of the header
};

/// Reads the header's text as a stream, so that neither nesting nor repetition can
/// exhaust memory. Gives "" or what is wrong, to follow the file's name.
std::string readSafetensorsHeader(std::string_view json,
                                  std::vector<SafetensorsEntry> &entries);

} // namespace attune::runtime

#endif
