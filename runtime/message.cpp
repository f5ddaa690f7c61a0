#include "message.h"
#include "error.h"

#include <algorithm>
#include <cstdio>

namespace attune::runtime {

namespace {
// The longest part of a name from a file that a message repeats.
constexpr size_t longestName = 160;
// Names longer than this are compared for equality of their ends alone.
constexpr size_t longestCompared = 96;
// Past this many candidates no edit distance is taken: a message may not cost seconds.
constexpr size_t mostCompared = 20000;

/// The length of the UTF-8 sequence at the start of `rest`, 0 if it is none.
size_t sequenceLength(std::string_view rest) {
  unsigned char lead = rest[0];
  size_t length = lead < 0x80   ? 1
                  : lead < 0xc2 ? 0
                  : lead < 0xe0 ? 2
                  : lead < 0xf0 ? 3
                  : lead < 0xf5 ? 4
                                : 0;
  if (length == 0 || length > rest.size())
    return 0;
  for (size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(rest[i]) & 0xc0) != 0x80)
      return 0;
  return length;
}

std::string printable(std::string_view name) {
  std::string result;
  while (!name.empty()) {
    unsigned char c = name[0];
    size_t length = sequenceLength(name);
    if (length == 0 || c < 0x20 || c == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", c);
      result += escape;
      length = 1;
    } else {
      result.append(name.substr(0, length));
    }
    name.remove_prefix(length);
  }
  return result;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; }

/// Letters to insert, remove, replace or swap with a neighbour, at most `limit` + 1.
size_t editDistance(std::string_view a, std::string_view b, size_t limit) {
  if (a.size() > b.size())
    std::swap(a, b);
  if (b.size() - a.size() > limit)
    return limit + 1;
  size_t width = b.size() + 1;
  std::vector<size_t> rows(3 * width);
  size_t *before = rows.data(), *last = before + width, *next = last + width;
  for (size_t j = 0; j < width; ++j)
    last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    size_t least = i;
    for (size_t j = 1; j < width; ++j) {
      bool same = lower(a[i - 1]) == lower(b[j - 1]);
      next[j] = std::min({last[j] + 1, next[j - 1] + 1, last[j - 1] + !same});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        next[j] = std::min(next[j], before[j - 2] + 1);
      least = std::min(least, next[j]);
    }
    if (least > limit)
      return limit + 1;
    size_t *free = before;
    before = last;
    last = next;
    next = free;
  }
  return last[b.size()];
}

bool endsAfterDot(std::string_view whole, std::string_view end) {
  return whole.size() > end.size() &&
         whole.substr(whole.size() - end.size()) == end &&
         whole[whole.size() - end.size() - 1] == '.';
}
} // namespace

std::string quote(std::string_view name) {
  if (name.size() <= longestName)
    return "'" + printable(name) + "'";
  return "'" + printable(name.substr(0, longestName / 2)) + "..." +
         printable(name.substr(name.size() - longestName / 4)) + "' (" +
         std::to_string(name.size()) + " bytes long)";
}

std::string shapeText(const int64_t *sizes, size_t rank) {
  std::string result = "[";
  for (size_t i = 0; i < rank; ++i) {
    if (i > 0)
      result += ", ";
    if (i == 16) {
      result += "... " + std::to_string(rank) + " sizes";
      break;
    }
    result += std::to_string(sizes[i]);
  }
  return result + "]";
}

std::string counted(uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) +
         (count == 1 ? "" : "s");
}

std::string exactBytesText(uint64_t bytes) {
  std::string exact = counted(bytes, "byte");
  return bytes < 1000 ? exact : bytesText(bytes) + " (" + exact + ")";
}

std::string bytesText(uint64_t bytes) {
  const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000)
    return counted(bytes, "byte");
  double value = static_cast<double>(bytes);
  int unit = -1;
  while (value >= 999.5 && unit < 5) {
    value /= 1000;
    ++unit;
  }
  char result[32];
  std::snprintf(result, sizeof result, "%.3g %s", value, units[unit]);
  return result;
}

std::string closestName(std::string_view name,
                        const std::vector<std::string_view> &candidates) {
  for (std::string_view candidate : candidates)
    if (endsAfterDot(candidate, name) || endsAfterDot(name, candidate))
      return std::string(candidate);
  if (name.size() > longestCompared || candidates.size() > mostCompared)
    return "";
  size_t limit = name.size() <= 2 ? 1 : std::max<size_t>(2, name.size() / 5);
  std::string_view best;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > longestCompared)
      continue;
    size_t distance = editDistance(name, candidate, limit);
    // A distance as long as the name itself is no likeness.
    if (distance <= limit && distance < std::max(name.size(), candidate.size())) {
      best = candidate;
      if (distance == 0)
        break;
      limit = distance - 1;
    }
  }
  return std::string(best);
}

std::string listed(const std::vector<std::string> &names, size_t limit) {
  std::string result;
  size_t shown = names.size() <= limit + 1 ? names.size() : limit;
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0)
      result += i + 1 == names.size() ? " and " : ", ";
    result += names[i];
  }
  if (shown < names.size())
    result += " and " + std::to_string(names.size() - shown) + " more";
  return result;
}

} // namespace attune::runtime
