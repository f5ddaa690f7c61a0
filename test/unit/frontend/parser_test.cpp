#include "frontend/Parser.h"

#include "llvm/Support/Casting.h"

#include <gtest/gtest.h>

using namespace attune::frontend;
using llvm::cast;
using llvm::dyn_cast;

namespace {

/// An expression as text with all its brackets.
std::string spell(const Expr *expr, unsigned depth = 0) {
  if (depth > 100)
    return "…";
  if (auto *integer = dyn_cast<IntegerExpr>(expr))
    return std::to_string(integer->value);
  if (auto *name = dyn_cast<NameExpr>(expr))
    return name->name.str();
  if (auto *unary = dyn_cast<UnaryExpr>(expr))
    return (unary->op == UnaryOp::Not ? "!" : "-") + spell(unary->operand);
  if (auto *binary = dyn_cast<BinaryExpr>(expr)) {
    static const char *const ops[] = {"+",  "-", "*",  "/", "%",  "@",  "==",
                                      "!=", "<", "<=", ">", ">=", "&&", "||"};
    return "(" + spell(binary->lhs, depth + 1) + ops[int(binary->op)] +
           spell(binary->rhs) + ")";
  }
  if (auto *call = dyn_cast<CallExpr>(expr)) {
    std::string text = call->callee.name.str() + "(";
    for (const Argument *argument : call->arguments) {
      static const char *const words[] = {"",        "=",      "..",
                                          "over ",   "over#",  "along ",
                                          "along#",  "where "};
      text += words[int(argument->kind)] + argument->name.name.str() +
              spell(argument->value) + ";";
    }
    return text + ")" + (call->path ? "@path" : "");
  }
  if (auto *index = dyn_cast<IndexExpr>(expr)) {
    std::string text = spell(index->base) + "[";
    for (const IndexItem &item : index->items)
      text += (item.value ? spell(item.value) : "*") + ";";
    return text + "]";
  }
  return "?";
}

std::string parse(llvm::StringRef text) {
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBufferCopy(text, "f.attn"), llvm::SMLoc());
  std::string errors;
  llvm::raw_string_ostream stream(errors);
  File file;
  std::string result;
  {
    Diagnostics diag(sources, stream);
    Parser parser(
        file, tokenize(sources.getMemoryBuffer(1)->getBuffer(), diag), diag);
    Expr *expr = parser.parseLoneExpression();
    result = expr ? spell(expr) : "";
  }
  return errors.empty() ? result : errors;
}

TEST(ParserTest, Precedence) {
  EXPECT_EQ(parse("a + b * c - d"), "((a+(b*c))-d)");
  EXPECT_EQ(parse("a @ b * c"), "((a@b)*c)");
  EXPECT_EQ(parse("-a * b"), "(-a*b)");
  EXPECT_EQ(parse("- -a"), "--a");
  EXPECT_EQ(parse("j <= i and i - j < n or x"),
            "(((j<=i)&&((i-j)<n))||x)");
  EXPECT_EQ(parse("not a == b and c"), "(!(a==b)&&c)");
  EXPECT_EQ(parse("(a + b)[1, ..] * 2"), "((a+b)[1;*;]*2)");
}

TEST(ParserTest, AtBelongsToTheCallBeforeIt) {
  EXPECT_EQ(parse("f(g(x), 3) at \"p\" + g(y)"), "(f(g(x;);3;)@path+g(y;))");
  EXPECT_EQ(parse("f(g(x) at \"p\")"), "f(g(x;)@path;)");
}

TEST(ParserTest, ContextualWords) {
  EXPECT_EQ(parse("mean(x, over n, where valid)"),
            "mean(x;over n;where valid;)");
  EXPECT_EQ(parse("mean(x, along axis -1)"), "mean(x;along#-1;)");
  EXPECT_EQ(parse("mean(x, over axis 1)"), "mean(x;over#1;)");
  EXPECT_EQ(parse("mean(x, over axis)"), "mean(x;over axis;)");
  EXPECT_EQ(parse("f(over, along + 1, where)"), "f(over;(along+1);where;)");
  EXPECT_EQ(parse("f(eps = 3)"), "f(=eps3;)");
}

TEST(ParserTest, LongChainsOfOperatorsAreNotNested) {
  std::string text = "x";
  for (int i = 0; i < 50000; ++i)
    text += " + x";
  EXPECT_EQ(parse(text).find("error"), std::string::npos);
}

} // namespace
