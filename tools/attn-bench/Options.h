// What the user of attn-bench asks for.
#pragma once

#include <string>
#include <vector>

namespace attune::bench {

struct Options {
  std::string file;    // the table, or the newer result
  std::string compare; // the older result
  std::string output, filter;
  int runs = 0; // of a case in a round; 0: by time
  int rounds = 5;
  int threads = 0; // 0: one for each processor
  std::string target = "host";
  std::vector<std::string> passOptions; // MLIR's own, for the compiler
  bool json = false, help = false;
};

/// "" or a usage error. `--opt=V` and `--opt V` are the same.
std::string parseOptions(const std::vector<std::string> &arguments, Options &options);

std::string helpText();

} // namespace attune::bench
