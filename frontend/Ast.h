// The syntax tree of one file. Nodes live in a pool: nothing recurses when a
// deep tree is freed.
#ifndef ATTUNE_FRONTEND_AST_H
#define ATTUNE_FRONTEND_AST_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/SMLoc.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace attune::frontend {

struct Node {
  virtual ~Node() = default;
  llvm::SMRange range;
};

struct Identifier {
  llvm::StringRef name;
  llvm::SMRange range;
};

//===-- Expressions --------------------------------------------------------===//

enum class ExprKind {
  Integer,
  Float,
  Bool,
  Name,
  Unary,
  Binary,
  Call,
  Index,
  Member,
  List
};

struct Expr : Node {
  explicit Expr(ExprKind kind) : kind(kind) {}
  const ExprKind kind;
};

/// Gives each node class the `classof` that llvm::cast needs.
template <ExprKind Kind> struct ExprOf : Expr {
  ExprOf() : Expr(Kind) {}
  static bool classof(const Expr *e) { return e->kind == Kind; }
};

struct IntegerExpr : ExprOf<ExprKind::Integer> {
  int64_t value = 0;
};

struct FloatExpr : ExprOf<ExprKind::Float> {
  double value = 0;
};

struct BoolExpr : ExprOf<ExprKind::Bool> {
  bool value = false;
};

struct NameExpr : ExprOf<ExprKind::Name> {
  llvm::StringRef name;
};

enum class UnaryOp { Negate, Not };

struct UnaryExpr : ExprOf<ExprKind::Unary> {
  UnaryOp op = UnaryOp::Negate;
  Expr *operand = nullptr;
};

enum class BinaryOp {
  Add,
  Subtract,
  Multiply,
  Divide,
  Remainder,
  Product, // @
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  And,
  Or
};

struct BinaryExpr : ExprOf<ExprKind::Binary> {
  BinaryOp op = BinaryOp::Add;
  llvm::SMRange opRange;
  Expr *lhs = nullptr, *rhs = nullptr;
};

/// Text with values in it: "encoder.layer.{l}".
struct StringTemplate : Node {
  struct Piece {
    std::string text;      // literal text, or
    Expr *value = nullptr; // an expression in braces
  };
  std::vector<Piece> pieces;
};

enum class ArgumentKind {
  Value,     // x
  Named,     // eps = 1e-6
  Range,     // 0..4
  Over,      // over tokens
  OverAxis,  // over axis 1
  Along,     // along n
  AlongAxis, // along axis 1
  Where,     // where valid
};

struct Argument : Node {
  ArgumentKind kind = ArgumentKind::Value;
  Identifier name;       // of Named
  Expr *value = nullptr; // the start of a Range
  Expr *end = nullptr;
};

struct CallExpr : ExprOf<ExprKind::Call> {
  Identifier callee;
  std::vector<Argument *> arguments;
  StringTemplate *path = nullptr; // at "…"
};

struct IndexItem {
  enum Kind { Value, Range, Whole } kind = Value;
  Expr *value = nullptr, *end = nullptr;
  llvm::SMRange range;
};

struct IndexExpr : ExprOf<ExprKind::Index> {
  Expr *base = nullptr;
  std::vector<IndexItem> items;
};

struct MemberExpr : ExprOf<ExprKind::Member> {
  Expr *base = nullptr;
  Identifier member;
};

struct ListExpr : ExprOf<ExprKind::List> {
  std::vector<Expr *> elements;
};

//===-- Types --------------------------------------------------------------===//

struct TypeExpr : Node {
  llvm::StringRef element;      // f32, …, or "size"
  bool hasSizes = false;        // brackets were written
  bool leadingAxes = false;     // starts with ...
  std::vector<Expr *> sizes;
};

//===-- Statements ---------------------------------------------------------===//

enum class StmtKind { Bind, Assign, Return, For, If, Params };

struct Stmt : Node {
  explicit Stmt(StmtKind kind) : kind(kind) {}
  const StmtKind kind;
};

template <StmtKind Kind> struct StmtOf : Stmt {
  StmtOf() : Stmt(Kind) {}
  static bool classof(const Stmt *s) { return s->kind == Kind; }
};

using Block = std::vector<Stmt *>;

struct BindStmt : StmtOf<StmtKind::Bind> { // let, var
  bool isVar = false;
  Identifier name;
  Expr *value = nullptr;
};

struct AssignStmt : StmtOf<StmtKind::Assign> {
  Identifier name;
  Expr *value = nullptr;
};

struct ReturnStmt : StmtOf<StmtKind::Return> {
  struct Result {
    Identifier name; // empty where not written
    Expr *value = nullptr;
  };
  std::vector<Result> results;
};

struct ForStmt : StmtOf<StmtKind::For> {
  Identifier variable;
  Expr *first = nullptr, *last = nullptr;
  Block body;
};

struct IfStmt : StmtOf<StmtKind::If> {
  Expr *condition = nullptr;
  Block then, otherwise;
};

struct ParamsStmt : StmtOf<StmtKind::Params> {
  struct Param {
    Identifier name;
    TypeExpr *type = nullptr;
  };
  std::vector<Param> params;
};

//===-- Declarations -------------------------------------------------------===//

enum class DeclKind { Dim, Const, Function, Attention };

struct Decl : Node {
  explicit Decl(DeclKind kind) : kind(kind) {}
  const DeclKind kind;
  Identifier name;
};

template <DeclKind Kind> struct DeclOf : Decl {
  DeclOf() : Decl(Kind) {}
  static bool classof(const Decl *d) { return d->kind == Kind; }
};

struct DimDecl : DeclOf<DeclKind::Dim> {};

struct ConstDecl : DeclOf<DeclKind::Const> {
  Expr *value = nullptr;
};

struct Parameter {
  Identifier name;
  TypeExpr *type = nullptr; // null for the operands of a definition
  Expr *defaultValue = nullptr;
};

struct FunctionDecl : DeclOf<DeclKind::Function> {
  struct Result {
    Identifier name; // empty where a single result has none
    TypeExpr *type = nullptr;
  };
  bool isModel = false;
  std::vector<Parameter> parameters;
  std::vector<Result> results;
  Block body;
};

/// `attention NAME(q, k, v, …) { score = … keep = … weight = … }`: the body
/// holds params, lets and assignments to score, keep and weight.
struct AttentionDecl : DeclOf<DeclKind::Attention> {
  std::vector<Parameter> parameters;
  Block body;
};

struct UseDecl : Node {
  std::vector<Identifier> path; // std.layers
};

/// One parsed file and all its nodes.
struct File {
  std::vector<UseDecl *> uses;
  std::vector<Decl *> decls; // in source order

  template <typename T> T *create() {
    auto owned = std::make_unique<T>();
    T *node = owned.get();
    nodes.push_back(std::move(owned));
    return node;
  }

private:
  std::vector<std::unique_ptr<Node>> nodes;
};

} // namespace attune::frontend

#endif
