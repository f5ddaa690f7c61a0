// What the user of attnc asks for.
#pragma once

#include "codegen/link/Link.h"
#include "tools/attnc/OptionTable.h"
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace attune {

/// The phases of docs/architecture.md, in order.
enum class Step { Input, Simplified, Fused, Scheduled, Kernels, Host, Objects, Binary };

std::optional<Step> parseStep(llvm::StringRef word);
llvm::StringRef stepName(Step step);

struct CompilerOptions {
  std::string source;
  std::optional<std::string> text; // what `source` holds, where it is no file
  std::string output;
  Output emit = Output::Executable;
  std::string model;
  std::vector<std::string> includeDirs;
  std::string target = "host";
  bool narrowProducts = false; // --precision=bf16
  std::vector<std::pair<std::string, std::string>> constants;
  std::optional<Step> from, to;
  std::string dumpDir;
  std::string schedule, emitSchedule; // schedule files
  std::string embeddedWeights;
  unsigned jobs = 0; // 0: one for each processor
  bool useCache = true;
  std::vector<std::string> passOptions; // MLIR's own
  bool help = false, version = false;
  std::vector<std::string> given; // names of the options that were given
};

/// Reads the option at arguments[index] and moves past it; No where it is none
/// of attnc's.
Taken takeCompilerOption(const std::vector<std::string> &arguments, size_t &index,
                         CompilerOptions &options, std::string &problem);

/// The options, one a line.
std::string compilerOptionsHelp();

/// What of the options does not go together; "" where all is well.
std::string checkOptions(const CompilerOptions &options);

} // namespace attune
