// What a schedule file says of fusion, as passes ask for it.
#pragma once

#include "dialect/Attn.h"

namespace attune {

/// On a kernel: it ends where it does because a schedule file says so.
inline constexpr llvm::StringLiteral endsByFileAttrName = "attn.ends_by_file";

/// The choices of a module, and which of them met something in one function.
/// Passes on functions run side by side: each keeps its own and writes it down
/// at the end.
class Fusions {
public:
  explicit Fusions(mlir::func::FuncOp function);

  /// Whether the product at `path` is to stay apart from others of its input.
  bool separates(llvm::StringRef path) { return any(attn::FusionKind::Separate, "", path); }
  /// The products are joined under this name.
  void join(llvm::StringRef name) { any(attn::FusionKind::Join, "", name); }
  /// Whether `stage` is not to be computed in the kernel of this name.
  bool splits(llvm::StringRef stage, llvm::StringRef kernel) { return any(attn::FusionKind::Split, stage, kernel); }
  /// Choices that ask for something in the kernel of this name, by their number.
  llvm::SmallVector<unsigned> fusesInto(llvm::StringRef kernel) const;

  attn::FusionAttr operator[](unsigned number) const { return choices[number]; }
  void meet(unsigned number) { met.push_back(number); }
  /// On the function, beside what earlier passes met.
  void writeDown();

private:
  bool any(attn::FusionKind kind, llvm::StringRef stage, llvm::StringRef kernel);

  mlir::func::FuncOp function;
  llvm::SmallVector<attn::FusionAttr> choices;
  llvm::SmallVector<int64_t> met;
};

/// A stage goes by its name, by that of the definition that it comes from
/// (`gelu` of `gelu.multiply`), or by its path.
bool stageMatches(llvm::StringRef pattern, llvm::StringRef stage);

} // namespace attune
