// From the text of a model to IR of the phase `input`.
#ifndef ATTUNE_FRONTEND_FRONTEND_H
#define ATTUNE_FRONTEND_FRONTEND_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/SourceMgr.h"

#include <string>
#include <utility>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace attune {

struct FrontendOptions {
  /// Folders that `use` searches after the file's own (-I).
  std::vector<std::string> includeDirs;
  /// The folder that holds `std/layers.attn` and the like; empty for none.
  std::string stdDir;
  /// Overridden consts of the main file (--set NAME=VALUE).
  std::vector<std::pair<std::string, std::string>> constants;
  /// Where errors go; standard error when null.
  llvm::raw_ostream *errors = nullptr;
};

/// Reads the model in the main buffer of `sources` and the files it uses
/// (which are added to `sources`), and emits its IR. Reports every error
/// itself, with file, line, column and caret; null when there was one. The
/// context must allow the attn, func, arith and math dialects to be loaded.
mlir::OwningOpRef<mlir::ModuleOp> parseModel(llvm::SourceMgr &sources,
                                             const FrontendOptions &options,
                                             mlir::MLIRContext &context);

} // namespace attune

#endif
