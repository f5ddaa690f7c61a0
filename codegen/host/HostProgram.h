// What phase `host` says about a program, in the order of its ABI
// (runtime/program.h): the source of the description and of the generated code.
#pragma once

#include "dialect/Attn.h"
#include <optional>
#include <vector>

namespace attune {

/// Calls of a function, both included.
struct CallRange {
  int64_t first, last;
};

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
  /// From which to which call it reads or writes each weight and prepared tensor; call -1
  /// stands for what lies outside of calls.
  llvm::DenseMap<mlir::StringAttr, CallRange> uses;
};

struct HostProgram {
  llvm::SmallVector<attn::WeightOp> weights;
  llvm::SmallVector<attn::PreparedOp> prepared;
  std::optional<HostFunction> prepare;
  std::vector<HostFunction> entries;

  /// The calls of the preparation that need the weight; none where an entry, or a check
  /// outside of calls, needs it as well.
  std::optional<CallRange> preparesOnly(attn::WeightOp weight) const;

  /// Reads a module at phase `host`. Emits errors where it breaks the rules
  /// that the verifiers of single ops cannot see: calls out of order, memory
  /// used outside its life, sizes that nothing binds.
  static mlir::FailureOr<HostProgram> read(mlir::ModuleOp module);
};

/// The memory behind views.
mlir::Value viewRoot(mlir::Value buffer);

} // namespace attune
