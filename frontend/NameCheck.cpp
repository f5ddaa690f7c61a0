#include "frontend/NameCheck.h"
#include "frontend/AttentionEmitter.h"
#include "frontend/Evaluator.h"

#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace attune::frontend {

namespace {

class NameChecker {
public:
  NameChecker(Program &program, Module &module, Diagnostics &diag)
      : program(program), module(module), diag(diag) {}

  void run() {
    for (Decl *decl : module.file.decls) {
      Decl *first = module.decls.lookup(decl->name.name);
      if (first != decl &&
          diag.error(decl->name.range,
                     "'" + decl->name.name + "' is declared twice"))
        diag.note(first->name.range, "first declared here");
      names.clear();
      names.emplace_back();
      if (auto *dim = dyn_cast<DimDecl>(decl))
        checkDim(dim);
      else if (auto *constant = dyn_cast<ConstDecl>(decl))
        visit(constant->value);
      else if (auto *fn = dyn_cast<FunctionDecl>(decl))
        visitFunction(fn);
      else if (auto *definition = dyn_cast<AttentionDecl>(decl))
        visitDefinition(definition);
    }
  }

private:
  void checkDim(const DimDecl *dim) {
    // Words that the IR writes between sizes.
    for (StringRef word : {"floordiv", "ceildiv", "mod"})
      if (dim->name.name == word)
        diag.error(dim->range, "'" + word + "' cannot name a size");
  }

  void define(StringRef name) { names.back().insert(name); }

  void defineOnce(const Identifier &name) {
    if (!names.back().insert(name.name).second)
      diag.error(name.range, "'" + name.name + "' is declared twice");
  }

  bool isLocal(StringRef name) {
    return llvm::any_of(names, [&](const StringSet<> &scope) {
      return scope.contains(name);
    });
  }

  void visitFunction(const FunctionDecl *fn) {
    for (const Parameter &parameter : fn->parameters)
      defineOnce(parameter.name);
    visitSignature(fn->parameters, !fn->isModel);
    for (const FunctionDecl::Result &result : fn->results)
      if (result.type)
        visitType(result.type);
    names.emplace_back();
    visit(fn->body);
  }

  void visitDefinition(const AttentionDecl *definition) {
    for (const Parameter &parameter : definition->parameters)
      defineOnce(parameter.name);
    for (StringRef name : AttentionEmitter::sizeNames())
      define(name);
    visitSignature(definition->parameters, true);
    names.emplace_back();
    for (StringRef name : AttentionEmitter::indexNames())
      define(name);
    define("score");
    for (const Stmt *statement : definition->body) {
      // score, keep and weight are assigned without being variables.
      if (auto *line = dyn_cast<AssignStmt>(statement)) {
        visit(line->value);
        continue;
      }
      visit(statement);
    }
  }

  /// A lone name in a parameter's sizes introduces a size where nothing else
  /// has that name.
  void visitSignature(const std::vector<Parameter> &parameters,
                      bool introduces) {
    for (const Parameter &parameter : parameters)
      if (parameter.type && introduces)
        for (const Expr *size : parameter.type->sizes)
          if (auto *name = dyn_cast<NameExpr>(size)) {
            Decl *known = lookup(name->name, name->range).decl;
            if (!isLocal(name->name) &&
                !(known && (isa<DimDecl>(known) || isa<ConstDecl>(known))))
              define(name->name);
          }
    for (const Parameter &parameter : parameters) {
      if (parameter.type)
        visitType(parameter.type);
      if (parameter.defaultValue)
        visit(parameter.defaultValue);
    }
  }

  void visitType(const TypeExpr *type) {
    for (const Expr *size : type->sizes)
      visitSize(size);
  }

  void visitSize(const Expr *size) {
    inSize = true;
    visit(size);
    inSize = false;
  }

  void visit(const Block &block) {
    for (const Stmt *statement : block)
      visit(statement);
  }

  void visit(const Stmt *statement) {
    switch (statement->kind) {
    case StmtKind::Bind: {
      auto *bind = cast<BindStmt>(statement);
      visit(bind->value);
      defineOnce(bind->name);
      return;
    }
    case StmtKind::Assign:
      return visit(cast<AssignStmt>(statement)->value);
    case StmtKind::Return:
      for (const auto &result : cast<ReturnStmt>(statement)->results)
        visit(result.value);
      return;
    case StmtKind::For: {
      auto *loop = cast<ForStmt>(statement);
      visit(loop->first);
      visit(loop->last);
      names.emplace_back();
      define(loop->variable.name);
      visit(loop->body);
      names.pop_back();
      return;
    }
    case StmtKind::If: {
      auto *branch = cast<IfStmt>(statement);
      visit(branch->condition);
      for (const Block *block : {&branch->then, &branch->otherwise}) {
        names.emplace_back();
        visit(*block);
        names.pop_back();
      }
      return;
    }
    case StmtKind::Params:
      for (const auto &param : cast<ParamsStmt>(statement)->params) {
        visitType(param.type);
        defineOnce(param.name);
      }
      return;
    }
  }

  void visit(const Expr *expr) {
    // Down the left side without recursion, as in evaluation.
    while (auto *binary = dyn_cast<BinaryExpr>(expr)) {
      visit(binary->rhs);
      expr = binary->lhs;
    }
    switch (expr->kind) {
    case ExprKind::Name:
      return useName(cast<NameExpr>(expr));
    case ExprKind::Unary:
      return visit(cast<UnaryExpr>(expr)->operand);
    case ExprKind::Call:
      return visitCall(cast<CallExpr>(expr));
    case ExprKind::Index: {
      auto *index = cast<IndexExpr>(expr);
      visit(index->base);
      for (const IndexItem &item : index->items)
        for (const Expr *part : {item.value, item.end})
          if (part)
            visit(part);
      return;
    }
    case ExprKind::Member:
      return visit(cast<MemberExpr>(expr)->base);
    case ExprKind::List:
      for (const Expr *element : cast<ListExpr>(expr)->elements)
        visit(element);
      return;
    default:
      return;
    }
  }

  void visitCall(const CallExpr *call) {
    StringRef name = call->callee.name;
    if (!isLocal(name) && !lookup(name, call->callee.range) &&
        !isBuiltin(name) && !AttentionEmitter::isNormalizer(name)) {
      Suggestion suggestion(name);
      program.suggest(module, suggestion);
      suggestBuiltins(suggestion);
      diag.error(call->callee.range,
                 "unknown function '" + name + "'" + suggestion.text());
    }
    bool isZeros = name == "zeros" && isBuiltin(name);
    for (const Argument *argument : call->arguments) {
      // zeros(i32[n]): the type is no name.
      auto *typed = isZeros ? dyn_cast<IndexExpr>(argument->value) : nullptr;
      if (typed)
        for (const IndexItem &item : typed->items) {
          if (item.value)
            visit(item.value);
        }
      else
        visit(argument->value);
      if (argument->end)
        visit(argument->end);
    }
    if (call->path)
      for (const StringTemplate::Piece &piece : call->path->pieces)
        if (piece.value)
          visit(piece.value);
  }

  Found lookup(StringRef name, SMRange where) {
    return program.lookup(module, name, where);
  }

  void useName(const NameExpr *expr) {
    if (isLocal(expr->name) || lookup(expr->name, expr->range))
      return;
    Suggestion suggestion(expr->name);
    for (const StringSet<> &scope : names)
      for (const auto &entry : scope)
        suggestion.consider(entry.getKey());
    program.suggest(module, suggestion);
    std::string hint = suggestion.text();
    if (inSize && hint.empty())
      diag.error(expr->range, "unknown size '" + expr->name +
                                  "'; declare it with 'dim " + expr->name +
                                  "' or 'const " + expr->name + " = …'");
    else
      diag.error(expr->range, "unknown name '" + expr->name + "'" + hint);
  }

  Program &program;
  Module &module;
  Diagnostics &diag;
  std::vector<StringSet<>> names;
  bool inSize = false;
};

} // namespace

void checkNames(Program &program, Diagnostics &diag) {
  for (auto &module : program.all())
    NameChecker(program, *module, diag).run();
}

} // namespace attune::frontend
