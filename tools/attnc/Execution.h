// Running a program that was just compiled, or compiled before.
#pragma once

#include "tools/attnc/Compiler.h"

namespace attune {

/// An executable that lives in memory and has no name in the file system.
class Executable {
public:
  Executable() = default;
  Executable(Executable &&other) : descriptor(other.descriptor) { other.descriptor = -1; }
  ~Executable();

  /// Compiles what `compiler` has loaded, or takes it from the cache of
  /// compiled models. Has said why when it fails.
  static bool make(Compiler &compiler, const CompilerOptions &options,
                   const Installation &installation, Executable &result);

  /// Makes an empty program, for `make` to fill in a process that forks off:
  /// both have it. False with errno where the system does not give one.
  bool reserve();
  std::string path() const;
  /// Becomes that program; returns only where this fails.
  void become(const std::vector<std::string> &arguments) const;

private:
  bool write(llvm::StringRef data);
  int descriptor = -1;
};

} // namespace attune
