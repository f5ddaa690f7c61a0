// What the user of attn-tune asks for.
#pragma once

#include "tools/attn-tune/KernelAxes.h"
#include "tools/attnc/Options.h"
#include <string>
#include <vector>

namespace attune::tune {

struct Options {
  CompilerOptions compiler; // its source, output and more
  std::vector<std::string> compilerArguments; // as they were given, for attnc
  Sizes sizes;
  std::vector<std::string> inputs, weights;
  std::string filter; // of kernels
  double budget = 120; // seconds
  int threads = 0;     // 0: one for each processor
  bool help = false;
};

/// "" or a usage error. `--opt=V` and `--opt V` are the same.
std::string parseOptions(const std::vector<std::string> &arguments, Options &options);

std::string helpText();

} // namespace attune::tune
