// Calls of attention definitions -> attn.attention with its three regions.
#ifndef ATTUNE_FRONTEND_ATTENTIONEMITTER_H
#define ATTUNE_FRONTEND_ATTENTIONEMITTER_H

#include "frontend/Evaluator.h"

#include "dialect/Attn.h"

namespace attune::frontend {

class AttentionEmitter {
public:
  AttentionEmitter(Evaluator &evaluator, const AttentionDecl *decl,
                   Module *module)
      : evaluator(evaluator), mb(evaluator.mb), decl(decl), module(module) {}

  Value run(const CallExpr *call);

  /// softmax, abs_sum: functions that only `weight` knows.
  static bool isNormalizer(llvm::StringRef name);
  static Value emitNormalizer(Evaluator &evaluator, const CallExpr *call);
  /// The names in scope in a definition besides its parameters.
  static llvm::ArrayRef<llvm::StringRef> indexNames();
  static llvm::ArrayRef<llvm::StringRef> sizeNames();
  static llvm::ArrayRef<llvm::StringRef> lineNames();

private:
  bool checkOperands(const CallExpr *call, llvm::ArrayRef<Value> values,
                     llvm::ArrayRef<llvm::SMRange> places);
  /// Sorts the statements of the body into lines, lets and params.
  bool readBody();
  Value emit(const CallExpr *call);
  void emitRegion(mlir::Region &region, RegionState::Kind kind);
  mlir::Value emitLine(RegionState::Kind kind, mlir::Value score);
  mlir::Value defaultScore();
  /// Proves the gathers of a region by what guards them, or checks them before
  /// the attention; learns from `keep` what holds for kept pairs.
  void checkGathers(attn::AttentionOp op, mlir::Region &region,
                    const RegionState &state);
  void defineNames(RegionState::Kind kind, mlir::Value score);
  /// Sizes of the indices b, h, i, j.
  llvm::SmallVector<SizeAttr> pairSizes() const;
  RegionState makeState(RegionState::Kind kind, mlir::ValueRange indices);
  /// A feature vector of the pair: q or k.
  Value features(mlir::Value tensor, bool isKey);

  const Expr *lineOf(RegionState::Kind kind) const;
  Value asScalar(const Value &value, Element element, const Expr *line,
                 llvm::StringRef what);

  Evaluator &evaluator;
  ModelBuilder &mb;
  const AttentionDecl *decl;
  Module *module;
  mlir::Value query, key, value;
  llvm::SmallVector<SizeAttr> sizes; // in the order of sizeNames()
  const AssignStmt *score = nullptr, *keep = nullptr, *weight = nullptr;
  llvm::SmallVector<const BindStmt *> lets;
  Facts keptFacts;
};

} // namespace attune::frontend

#endif
