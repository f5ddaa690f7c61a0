// Words for messages: names from files made safe to print, shapes, near misses.
#ifndef ATTUNE_RUNTIME_MESSAGE_H
#define ATTUNE_RUNTIME_MESSAGE_H

#include "attune.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace attune::runtime {

/// In single quotes, with control characters and broken UTF-8 escaped and the middle of
/// a very long name left out.
std::string quote(std::string_view name);

/// "[2, 128]"
std::string shapeText(const int64_t *sizes, size_t rank);
inline std::string shapeText(const std::vector<int64_t> &sizes) {
  return shapeText(sizes.data(), sizes.size());
}

/// "1 tensor", "3 tensors"
std::string counted(uint64_t count, std::string_view noun);

/// "1.5 GB"
std::string bytesText(uint64_t bytes);
/// "1.5 GB (1500000000 bytes)"
std::string exactBytesText(uint64_t bytes);

/// The candidate that `name` was probably meant to be: one that differs in case or in a
/// few letters, or that has it (or is it) after a leading "prefix.". Empty if none.
std::string closestName(std::string_view name,
                        const std::vector<std::string_view> &candidates);

/// "a, b and c"; the last ones as a count past `limit`.
std::string listed(const std::vector<std::string> &names, size_t limit = 8);

} // namespace attune::runtime

#endif
