// A program run by the interpreter, with the inputs and weights that the
// command line of compiled models understands.
#pragma once

#include "reference/Interpreter.h"
#include "runtime/command_line.h"

namespace attune {

struct ReferenceResult {
  std::string name;
  mlir::Type elementType;
  reference::Array array;
};

/// A model with its inputs and weights.
class ReferenceProgram {
public:
  static llvm::Expected<ReferenceProgram> load(mlir::ModuleOp module,
                                               const runtime::CommandLine &line);
  llvm::Expected<std::vector<ReferenceResult>> run(reference::Arithmetic arithmetic);

private:
  mlir::ModuleOp module;
  mlir::func::FuncOp entry;
  std::vector<reference::Array> inputs;
  reference::WeightLookup weights;
};

/// Results as the program would give them: rounded to their types. They borrow
/// from `memory`.
llvm::Error toTensors(const std::vector<ReferenceResult> &results,
                      std::vector<runtime::Array> &memory,
                      std::vector<runtime::NamedTensor> &tensors);

} // namespace attune
