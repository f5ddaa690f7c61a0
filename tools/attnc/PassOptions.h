// MLIR's own options for those who look at passes (--mlir-timing,
// --mlir-print-ir-after=PASS, …), which every tool that runs passes takes.
#pragma once

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/ArrayRef.h"
#include <string>

namespace attune {

/// Whether this is an option of MLIR's. Values come with `=` alone.
bool isPassOption(llvm::StringRef argument);

/// Makes the options hold from now on; "" or what is wrong with them.
std::string setPassOptions(llvm::ArrayRef<std::string> options);

/// Lets `manager` do what the options that hold ask for.
mlir::LogicalResult applyPassOptions(mlir::PassManager &manager);

/// What passes counted so far, to standard error, where the options ask for it.
void reportStatistics();

/// The options, one a line.
std::string passOptionsHelp();

} // namespace attune
