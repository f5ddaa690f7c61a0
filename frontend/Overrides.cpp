#include "frontend/Overrides.h"
#include "frontend/Parser.h"

using namespace llvm;

namespace attune::frontend {

/// "an integer", "a number", … of a literal; empty for a computed value.
static StringRef kindOf(const Expr *expr) {
  if (auto *unary = dyn_cast<UnaryExpr>(expr))
    return kindOf(unary->operand);
  switch (expr->kind) {
  case ExprKind::Integer:
    return "an integer";
  case ExprKind::Float:
    return "a number";
  case ExprKind::Bool:
    return "true or false";
  default:
    return "";
  }
}

bool applyOverrides(Program &program, const FrontendOptions &options,
                    Diagnostics &diag) {
  Module &main = program.main();
  bool fine = true;
  for (const auto &[name, text] : options.constants) {
    auto *constant = dyn_cast_or_null<ConstDecl>(main.decls.lookup(name));
    if (!constant) {
      Suggestion suggestion(name);
      for (const auto &entry : main.decls)
        if (isa<ConstDecl>(entry.getValue()))
          suggestion.consider(entry.getKey());
      diag.plainError("--set " + Twine(name) + "=" + text +
                      ": the model has no const '" + name + "'" +
                      suggestion.text());
      fine = false;
      continue;
    }
    unsigned id = diag.sourceManager().AddNewSourceBuffer(
        MemoryBuffer::getMemBufferCopy(text, "--set " + name), SMLoc());
    StringRef buffer = diag.sourceManager().getMemoryBuffer(id)->getBuffer();
    if (!checkText(buffer, "--set " + name, diag)) {
      fine = false;
      continue;
    }
    Parser parser(main.file, tokenize(buffer, diag), diag);
    Expr *value = parser.parseLoneExpression();
    StringRef kind = value ? kindOf(value) : "", before = kindOf(constant->value);
    if (!value || kind.empty()) {
      if (value)
        diag.error(value->range, "expected a number, true or false");
      fine = false;
      continue;
    }
    // A number may be written without its fraction.
    bool same = before.empty() || kind == before ||
                (before == "a number" && kind == "an integer");
    if (!same) {
      if (diag.error(value->range, "the const '" + Twine(name) + "' is " +
                                       before + ", not " + kind))
        diag.note(constant->range, "declared here");
      fine = false;
      continue;
    }
    constant->value = value;
  }
  return fine;
}

} // namespace attune::frontend
