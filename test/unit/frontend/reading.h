// Reads models from text in tests.
#ifndef ATTUNE_TEST_UNIT_FRONTEND_READING_H
#define ATTUNE_TEST_UNIT_FRONTEND_READING_H

#include "frontend/Frontend.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace attune::test {

/// A model's IR, or its errors.
struct Reading {
  Reading(llvm::StringRef text, FrontendOptions options = {}) {
    llvm::raw_string_ostream stream(errors);
    options.errors = &stream;
    if (options.stdDir.empty())
      options.stdDir = STANDARD_LIBRARY;
    sources.AddNewSourceBuffer(
        llvm::MemoryBuffer::getMemBufferCopy(text, "model.attn"),
        llvm::SMLoc());
    module = parseModel(sources, options, context);
  }

  std::string ir() {
    std::string text;
    llvm::raw_string_ostream stream(text);
    if (module)
      module->print(stream);
    return text;
  }

  llvm::SourceMgr sources;
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  std::string errors;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace attune::test

#endif
