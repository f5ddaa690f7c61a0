// Files, what they declare, and how `use` finds them.
#ifndef ATTUNE_FRONTEND_MODULES_H
#define ATTUNE_FRONTEND_MODULES_H

#include "frontend/Ast.h"
#include "frontend/Diagnostics.h"
#include "frontend/Frontend.h"

#include "llvm/ADT/StringMap.h"

namespace attune::frontend {

struct Module {
  File file;
  llvm::StringMap<Decl *> decls;
  std::vector<Module *> imports; // in the order of their `use`
};

/// A declaration and the file whose names its body sees.
struct Found {
  Decl *decl = nullptr;
  Module *module = nullptr;
  explicit operator bool() const { return decl; }
};

class Program {
public:
  Program(const FrontendOptions &options, Diagnostics &diag)
      : options(options), diag(diag) {}

  /// Parses the main file and all it uses. False after errors.
  bool load();

  Module &main() { return *modules.front(); }
  std::vector<std::unique_ptr<Module>> &all() { return modules; }

  /// What `name` means in `module`: its own declarations come before those of
  /// the files it uses. Where two used files declare it, `where` gets an error.
  Found lookup(Module &module, llvm::StringRef name, llvm::SMRange where);
  /// Offers every name that `module` sees.
  void suggest(Module &module, Suggestion &suggestion);

private:
  Module *loadBuffer(unsigned buffer);
  void resolveUse(Module &module, UseDecl *use, llvm::StringRef from);

  const FrontendOptions &options;
  Diagnostics &diag;
  std::vector<std::unique_ptr<Module>> modules;
  llvm::StringMap<Module *> byPath; // by real path
};

} // namespace attune::frontend

#endif
