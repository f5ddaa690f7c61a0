// Inputs and weights made from seeds.
#pragma once

#include "CommandLine.h"
#include "reference/Interpreter.h"

namespace attune::interpret {

/// One array for each input of `entry`: as the command line says, or random.
/// Integers that an attn.check_index bounds stay below its bound.
llvm::Expected<std::vector<reference::Array>>
makeInputs(mlir::func::FuncOp entry, const CommandLine &line);

/// Weights whose values depend on the seed, their name and their position.
reference::WeightLookup makeWeights(mlir::ModuleOp module, uint64_t seed);

} // namespace attune::interpret
