// Writing results so that a failure leaves no file behind, and no old file damaged.
#ifndef ATTUNE_RUNTIME_OUTPUT_FILES_H
#define ATTUNE_RUNTIME_OUTPUT_FILES_H

#include "error.h"

#include <string>
#include <vector>

namespace attune::runtime {

struct NamedTensor {
  std::string name;
  attn_tensor tensor;
};

/// An --output option: which result goes to which file.
struct OutputFile {
  std::string path;
  size_t output; // index into the entry's outputs
};

/// Understands `[NAME=]FILE.npy`; without a name the first output is meant. A word
/// before an equals sign counts as a name, so a path with one needs "./" before it.
Error parseOutput(const std::string &text, const std::vector<std::string> &names,
                  OutputFile &file);

/// Writes every file under another name, then renames all.
Error writeOutputs(const std::vector<OutputFile> &files,
                   const std::vector<NamedTensor> &outputs);

/// A few lines about the outputs for people.
std::string outputsText(const std::vector<NamedTensor> &outputs);
/// The same as a JSON list of {"name", "type", "sizes", "first", "least", "most"}.
std::string outputsJson(const std::vector<NamedTensor> &outputs);

} // namespace attune::runtime

#endif
