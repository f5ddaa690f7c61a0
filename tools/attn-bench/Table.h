// A table of cases: what is measured.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace attune::bench {

struct Case {
  std::string name;
  std::string folder;                // of the table; paths are relative to it
  std::string model;                 // path of the model, or
  std::optional<std::string> source; // its text
  std::string entry;                 // empty: the first model of the file
  std::map<std::string, std::string> constants;
  std::map<std::string, std::string> inputs; // "1x512x8x64xf32=random:1" or "@FILE.npy"
  std::vector<std::string> weights;          // files, or
  std::string randomWeights = "random:1";
  std::string schedule; // a file; empty: the compiler's own
  std::string precision; // as --precision takes it; empty: as the model says
  std::string count;    // expression; empty: the compiler counts
  double flops = 0;     // its value

  std::string path(llvm::StringRef file) const;
  /// The inputs and weights as options of a compiled model.
  std::vector<std::string> arguments() const;
};

/// Errors name the file, the case and the field.
llvm::Expected<std::vector<Case>> readTable(const std::string &path);

} // namespace attune::bench
