// The description that a program carries: JSON, in the form that
// runtime/program.h gives.
#pragma once

#include "codegen/host/HostProgram.h"
#include <string>
#include <vector>

namespace attune {

std::string describeProgram(const HostProgram &program, llvm::StringRef name,
                            llvm::StringRef target,
                            const std::vector<std::string> &cpuFeatures);

} // namespace attune
