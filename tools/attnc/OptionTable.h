// Options of a program as a table, by which attnc and the programs around it read
// their arguments: `--opt=V` and `--opt V` are the same, and so are `-I V` and `-IV`.
#pragma once

#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace attune {

enum class Taken { Yes, No, Wrong };

enum class OptionValue { None, Needed, Optional };

template <typename Options> struct Option {
  const char *name;
  OptionValue kind;
  /// Gives "" or what is wrong. An optional value that is not there is empty.
  std::string (*take)(Options &options, llvm::StringRef value);
};

/// Whether arguments[index] is this option: then `value` is its value, and `index`
/// at the last argument that it has. Wrong says why in `problem`.
Taken matchOption(llvm::StringRef name, OptionValue kind, const std::vector<std::string> &arguments, size_t &index,
                  std::string &value, std::string &problem);

/// Takes the option at arguments[index] and moves past it, and gives its name; No
/// where it is none of the table's.
template <typename Options, size_t count>
Taken takeOption(const Option<Options> (&table)[count], const std::vector<std::string> &arguments, size_t &index,
                 Options &options, std::string &problem, std::string &name) {
  for (const Option<Options> &option : table) {
    std::string value;
    Taken matched = matchOption(option.name, option.kind, arguments, index, value, problem);
    if (matched == Taken::No)
      continue;
    if (matched == Taken::Yes)
      problem = option.take(options, value);
    name = option.name;
    ++index;
    return problem.empty() ? Taken::Yes : Taken::Wrong;
  }
  return Taken::No;
}

} // namespace attune
