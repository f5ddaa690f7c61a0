#include "tools/attnc/OptionTable.h"

using llvm::StringRef;

namespace attune {

Taken matchOption(StringRef name, OptionValue kind, const std::vector<std::string> &arguments, size_t &index,
                  std::string &value, std::string &problem) {
  StringRef rest = arguments[index];
  if (rest == "-h" && name == "--help")
    rest = "";
  else if (!rest.consume_front(name))
    return Taken::No;
  bool isShort = !name.starts_with("--"), isGiven = !rest.empty();
  if (isGiven && !rest.consume_front("=") && !isShort)
    return Taken::No; // a longer name
  value = rest.str();
  if (isGiven && kind == OptionValue::None) {
    problem = name.str() + " takes no value";
    return Taken::Wrong;
  }
  if (isGiven || kind != OptionValue::Needed)
    return Taken::Yes;
  if (index + 1 >= arguments.size()) {
    problem = name.str() + " needs a value";
    return Taken::Wrong;
  }
  value = arguments[++index];
  return Taken::Yes;
}

} // namespace attune
