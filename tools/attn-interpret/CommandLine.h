// What attn-interpret is asked to do.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace attune::interpret {

struct Input {
  std::string name, value; // "2x3xf32=random:7", "ramp", "[1, 2]", "5"
};

enum class Print { Values, Summary, None };

struct CommandLine {
  std::string file;
  std::string other; // --same-as
  std::string entry;
  std::vector<Input> inputs;
  llvm::StringMap<int64_t> sizes;
  std::optional<uint64_t> seed;
  uint64_t memoryLimit = 0;
  std::optional<unsigned> variant;
  bool eachVariant = false;
  double tolerance = 1e-9;
  Print print = Print::Values;
  unsigned digits = 6;
  bool help = false;
};

extern const char usage[];

/// Takes `--option=value` and `--option value`.
llvm::Expected<CommandLine>
parseCommandLine(llvm::ArrayRef<const char *> arguments);

} // namespace attune::interpret
