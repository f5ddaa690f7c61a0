// Evaluates a model: numbers and sizes are computed here, tensors become IR.
// Functions are put in place at every call and loops are unrolled.
#ifndef ATTUNE_FRONTEND_EVALUATOR_H
#define ATTUNE_FRONTEND_EVALUATOR_H

#include "frontend/Arrays.h"
#include "frontend/Modules.h"
#include "frontend/Weights.h"

namespace attune::frontend {

struct Variable {
  Value value;
  bool isVar = false;
  /// A `let` of an attention definition: evaluated where it is first used.
  const Expr *pending = nullptr;
  /// Why the name may not be used here; empty where it may.
  std::string hidden;
};

struct Scope {
  Scope *parent = nullptr;
  llvm::StringMap<Variable> variables;
};

/// One function, model or definition that is being evaluated.
struct Frame {
  const Decl *decl = nullptr; // null for constants of a file
  Module *module = nullptr;
  Scope *scope = nullptr;
  /// What `...` stands for, once an argument has told.
  std::optional<llvm::SmallVector<SizeAttr>> leading;
  bool returned = false;
  Value result;
};

class Evaluator {
public:
  Evaluator(Program &program, ModelBuilder &mb, const FrontendOptions &options)
      : program(program), mb(mb), weights(mb), options(options) {}

  /// Emits every model of the main file.
  void run();

  //===-- Expressions (Expressions.cpp) ------------------------------------===//

  Value evaluate(const Expr *expr);
  /// An expression that must be a size; null after an error. `/` must leave no
  /// rest here.
  SizeAttr evaluateSize(const Expr *expr);
  std::optional<llvm::SmallVector<SizeAttr>>
  evaluateSizes(const std::vector<Expr *> &sizes);
  std::optional<int64_t> evaluateInteger(const Expr *expr,
                                         const llvm::Twine &what);
  std::optional<std::string> evaluatePath(const StringTemplate *path);

  //===-- Names ------------------------------------------------------------===//

  Variable *findVariable(llvm::StringRef name);
  void define(llvm::StringRef name, Value value, bool isVar = false);
  Value evaluateConst(const ConstDecl *decl, Module *module);

  //===-- Statements (Statements.cpp) --------------------------------------===//

  void execute(const Block &block);
  void execute(const Stmt *statement);
  void executeParams(const ParamsStmt *statement);

  //===-- Calls (Calls.cpp) ------------------------------------------------===//

  Value call(const CallExpr *call);
  Value callFunction(const FunctionDecl *fn, Module *module,
                     const CallExpr *call);
  /// Arguments by parameter; false after an error. Poison for what is left out.
  bool evaluateArguments(const std::vector<Parameter> &parameters,
                         const CallExpr *call, std::vector<Value> &values,
                         std::vector<llvm::SMRange> &places);
  /// Binds arguments to the parameters from `first` on, in the current frame.
  bool bindArguments(const std::vector<Parameter> &parameters, size_t first,
                     std::vector<Value> &values,
                     llvm::ArrayRef<llvm::SMRange> places,
                     llvm::StringRef callee);
  /// `value` as the type asks, or poison with an error that begins with `what`.
  Value conform(const TypeExpr *type, const Value &value,
                const llvm::Twine &what, llvm::SMRange place);
  bool isRecursive(const Decl *decl, llvm::SMRange where);

  //===-- Built-in functions (Builtins.cpp) --------------------------------===//

  Value callBuiltin(const CallExpr *call);
  Value callDropout(const CallExpr *call); // Dropout.cpp

  Program &program;
  ModelBuilder &mb;
  Weights weights;
  const FrontendOptions &options;
  Frame *frame = nullptr;
  std::vector<const Decl *> active; // what is being put in place

private:
  friend class DepthScope;
  Value evaluateNode(const Expr *expr);
  Value evaluateName(const NameExpr *expr);
  Value evaluateBinary(const BinaryExpr *expr);
  Value applyBinary(const BinaryExpr *expr, const Value &lhs, const Value &rhs);
  Value divideSizes(const BinaryExpr *expr, SizeAttr a, SizeAttr b);
  Value evaluateIndex(const IndexExpr *expr);
  void executeFor(const ForStmt *loop);
  void executeIf(const IfStmt *branch);
  void executeReturn(const ReturnStmt *statement);
  bool bindSizes(const Parameter &parameter, const Value &value,
                 llvm::SMRange place, llvm::StringRef callee);
  Value finishCall(const FunctionDecl *fn);
  void emitModel(const FunctionDecl *model);
  void checkDims(const FunctionDecl *model, mlir::Operation *func);
  /// `wanted`, or another name that no dim has.
  std::string nameBesideDims(llvm::StringRef wanted);

  /// Sizes are being evaluated: `/` must leave no rest.
  bool inSize = false;
  unsigned depth = 0;
  uint64_t evaluations = 0;
  int64_t iterations = 0;
  llvm::DenseMap<const Decl *, Value> constants;
  llvm::SmallPtrSet<const Decl *, 8> constantsInProgress;
};

/// Replaces the frame while it lives.
class FrameScope {
public:
  FrameScope(Evaluator &evaluator, Frame &frame)
      : evaluator(evaluator), saved(evaluator.frame) {
    evaluator.frame = &frame;
  }
  ~FrameScope() { evaluator.frame = saved; }

private:
  Evaluator &evaluator;
  Frame *saved;
};

/// Opens a scope of names while it lives.
class NameScope {
public:
  explicit NameScope(Frame &frame) : frame(frame) {
    scope.parent = frame.scope;
    frame.scope = &scope;
  }
  ~NameScope() { frame.scope = scope.parent; }

private:
  Frame &frame;
  Scope scope;
};

/// The text of a node as it stands in the file.
llvm::StringRef sourceText(const Node *node);
/// True for names that `callBuiltin` knows.
bool isBuiltin(llvm::StringRef name);
void suggestBuiltins(Suggestion &suggestion);

} // namespace attune::frontend

#endif
