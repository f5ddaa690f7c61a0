// What phase `host` says about a program, in the order of its ABI
// (runtime/program.h): the source of the description and of the generated code.
#pragma once

#include "dialect/Attn.h"
#include <optional>
#include <vector>

namespace attune {

struct HostFunction {
  mlir::func::FuncOp op;
  llvm::SmallVector<mlir::StringAttr> symbols;
  unsigned inputCount = 0; // arguments before the seed and the outputs
  mlir::StringAttr seed;   // the symbol that is the seed's size; null without one
  llvm::SmallVector<attn::TemporaryOp> temporaries;
  llvm::SmallVector<attn::CheckSizeOp> sizeChecks;
  llvm::SmallVector<attn::CheckIndicesOp> indexChecks;
  /// What each call of the function begins with, in order.
  llvm::SmallVector<attn::BeginCallOp> calls;
  /// The launches of each call: one a variant, the general one last.
  llvm::SmallVector<llvm::SmallVector<attn::LaunchOp, 1>> launches;
};

struct HostProgram {
  llvm::SmallVector<attn::WeightOp> weights;
  llvm::SmallVector<attn::PreparedOp> prepared;
  std::optional<HostFunction> prepare;
  std::vector<HostFunction> entries;

  /// Reads a module at phase `host`. Emits errors where it breaks the rules
  /// that the verifiers of single ops cannot see: calls out of order, memory
  /// used outside its life, sizes that nothing binds.
  static mlir::FailureOr<HostProgram> read(mlir::ModuleOp module);
};

/// The memory behind views.
mlir::Value viewRoot(mlir::Value buffer);

} // namespace attune
