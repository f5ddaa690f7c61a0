// What the processor and the operating system offer, by LLVM's feature names.
#ifndef ATTUNE_RUNTIME_PROCESSOR_H
#define ATTUNE_RUNTIME_PROCESSOR_H

#include "error.h"

#include <string>
#include <string_view>
#include <vector>

namespace attune::runtime {

/// Whether programs may use the feature: the processor has it and the operating system
/// saves its registers. False for names that are not known. Names in the environment
/// variable ATTN_WITHOUT_FEATURES (with commas) count as absent, which lets tests see
/// how a program behaves on a lesser processor.
bool processorHas(std::string_view feature);

/// Those of `needed` that processorHas denies, in their order.
std::vector<std::string> missingFeatures(const std::vector<std::string> &needed);

/// "AMD EPYC 9B14"
std::string processorName();

/// An error that names what `program` needs and the processor lacks. `target` is what
/// the program was compiled for.
Error checkProcessor(const std::string &program, const std::string &target,
                     const std::vector<std::string> &needed);

} // namespace attune::runtime

#endif
