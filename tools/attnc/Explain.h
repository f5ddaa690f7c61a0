// attnc --explain and --report: what a program computes together, how, and what
// that costs.
#pragma once

#include "tools/attnc/Compiler.h"

namespace attune {

struct ExplainRequest {
  enum Format { None, Text, Json } format = None;
  std::vector<std::pair<std::string, int64_t>> sizes;
  std::string profile; ///< a file that attn-run --profile --json wrote
  std::string report;  ///< where the page goes; empty: no page

  bool isAsked() const { return format != None || !report.empty(); }
};

/// As takeCompilerOption.
Taken takeExplainOption(const std::vector<std::string> &arguments, size_t &index, ExplainRequest &request,
                        std::string &problem);
/// The options, one a line.
std::string explainOptionsHelp();

/// Writes the explanation of a loaded program to `output`, standard output where
/// that is empty, and the page. False after it has said why not.
bool explainProgram(Compiler &compiler, const ExplainRequest &request, const std::string &output);

} // namespace attune
