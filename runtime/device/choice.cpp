#include "choice.h"
#include "../message.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace attune::runtime {

static std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Error chooseFrom(const std::vector<std::string> &names, const std::string &choice,
                 size_t &index) {
  index = 0;
  if (choice.empty() && !names.empty())
    return Error();
  const char *end = choice.data() + choice.size();
  auto [stop, code] = std::from_chars(choice.data(), end, index);
  if (code == std::errc() && stop == end && index < names.size())
    return Error();
  for (index = 0; index < names.size(); ++index)
    if (lower(names[index]).find(lower(choice)) != std::string::npos && stop != end)
      return Error();
  std::vector<std::string> known;
  for (size_t i = 0; i < names.size(); ++i)
    known.push_back(text(i, ": ", names[i]));
  return failure(ATTN_ERROR_DEVICE, "there is no device ", quote(choice), "; there are ",
                 listed(known, names.size()));
}

} // namespace attune::runtime
