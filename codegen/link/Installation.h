// Where the parts of Attune are, found relative to the running program, so that
// an installed tree can be moved.
#pragma once

#include "llvm/ADT/StringRef.h"
#include <string>

namespace attune {

struct Installation {
  std::string self;     // the running program
  std::string programs; // the folder of attnc and its siblings
  std::string standardLibrary; // holds std/layers.attn and the like; empty where not found

  /// From the path of this executable.
  static Installation find(const char *argv0);

  /// Path of a program beside this one; empty where there is none.
  std::string program(llvm::StringRef name) const;
  /// Path of a library such as libattune.a; empty where there is none.
  std::string library(llvm::StringRef name) const;
};

/// "size-mtime" of a file: changes when it is built anew. Empty where there is none.
std::string fileIdentity(llvm::StringRef path);

} // namespace attune
