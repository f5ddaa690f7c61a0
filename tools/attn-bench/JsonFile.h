// JSON that people write: read with limits, with messages that name the place.
#pragma once

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <string>

namespace attune::bench {

/// The file must hold one object.
llvm::Expected<llvm::json::Object> readJsonFile(const std::string &path);

/// "a text", "a list": what a message says was found.
llvm::StringRef kindOf(const llvm::json::Value &value);

/// "unknown field 'imputs'; did you mean 'inputs'?", or the fields there are.
std::string unknownField(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> known);

} // namespace attune::bench
