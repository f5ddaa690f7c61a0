#include "frontend/Limits.h"
#include "frontend/Parser.h"

#include <cmath>

using namespace llvm;

namespace attune::frontend {

namespace {

struct Operator {
  BinaryOp op;
  int precedence;
};

/// Loosest first: or, and, (not), comparisons, sums, products.
constexpr int comparisonLevel = 3;

std::optional<Operator> binaryOperator(TokenKind kind) {
  switch (kind) {
  case TokenKind::Or:
    return Operator{BinaryOp::Or, 1};
  case TokenKind::And:
    return Operator{BinaryOp::And, 2};
  case TokenKind::Equal:
    return Operator{BinaryOp::Equal, comparisonLevel};
  case TokenKind::NotEqual:
    return Operator{BinaryOp::NotEqual, comparisonLevel};
  case TokenKind::Less:
    return Operator{BinaryOp::Less, comparisonLevel};
  case TokenKind::LessEqual:
    return Operator{BinaryOp::LessEqual, comparisonLevel};
  case TokenKind::Greater:
    return Operator{BinaryOp::Greater, comparisonLevel};
  case TokenKind::GreaterEqual:
    return Operator{BinaryOp::GreaterEqual, comparisonLevel};
  case TokenKind::Plus:
    return Operator{BinaryOp::Add, 4};
  case TokenKind::Minus:
    return Operator{BinaryOp::Subtract, 4};
  case TokenKind::Star:
    return Operator{BinaryOp::Multiply, 5};
  case TokenKind::Slash:
    return Operator{BinaryOp::Divide, 5};
  case TokenKind::Percent:
    return Operator{BinaryOp::Remainder, 5};
  case TokenKind::At:
    return Operator{BinaryOp::Product, 5};
  default:
    return std::nullopt;
  }
}

} // namespace

Expr *Parser::parseExpression() { return parseBinary(1); }

Expr *Parser::parseBinary(int minimum) {
  SMLoc begin = current().range().Start;
  Expr *lhs;
  if (current().is(TokenKind::Not)) {
    // `not` binds looser than comparisons: not a == b is not (a == b).
    NestingScope level(*this);
    if (!level.ok())
      return nullptr;
    auto *unary = file.create<UnaryExpr>();
    advance();
    unary->op = UnaryOp::Not;
    if (!(unary->operand = parseBinary(comparisonLevel)))
      return nullptr;
    unary->range = rangeFrom(begin);
    lhs = unary;
  } else {
    lhs = parseUnary();
  }
  bool compared = false;
  while (lhs) {
    std::optional<Operator> found = binaryOperator(current().kind);
    if (!found || found->precedence < minimum)
      break;
    if (found->precedence == comparisonLevel && compared) {
      fail("comparisons do not chain; join two of them with 'and'");
      return nullptr;
    }
    compared |= found->precedence == comparisonLevel;
    auto *binary = file.create<BinaryExpr>();
    binary->op = found->op;
    binary->opRange = current().range();
    advance();
    binary->lhs = lhs;
    if (!(binary->rhs = parseBinary(found->precedence + 1)))
      return nullptr;
    binary->range = rangeFrom(begin);
    lhs = binary;
  }
  return lhs;
}

Expr *Parser::parseUnary() {
  if (!current().is(TokenKind::Minus))
    return parsePostfix();
  NestingScope level(*this);
  if (!level.ok())
    return nullptr;
  SMLoc begin = current().range().Start;
  advance();
  auto *unary = file.create<UnaryExpr>();
  if (!(unary->operand = parseUnary()))
    return nullptr;
  unary->range = rangeFrom(begin);
  return unary;
}

Expr *Parser::parsePostfix() {
  SMLoc begin = current().range().Start;
  Expr *expr = parsePrimary();
  unsigned levels = 0;
  while (expr) {
    bool index = current().is(TokenKind::LeftBracket);
    if (!index && !current().is(TokenKind::Dot))
      break;
    if (++levels > limits::nesting) {
      fail("nested too deeply; at most " + Twine(limits::nesting) +
           " levels are allowed");
      gaveUp = true;
      return nullptr;
    }
    if (index) {
      expr = parseIndex(expr);
    } else {
      auto *member = file.create<MemberExpr>();
      advance();
      member->base = expr;
      if (!expectName(member->member, "the name of a result"))
        return nullptr;
      expr = member;
    }
    if (expr)
      expr->range = rangeFrom(begin);
  }
  return expr;
}

Expr *Parser::parsePrimary() {
  // Every recursion of expressions but those of prefix operators comes through
  // here, in brackets of some kind.
  NestingScope level(*this);
  if (!level.ok())
    return nullptr;
  Token token = current();
  switch (token.kind) {
  case TokenKind::Integer: {
    auto *integer = file.create<IntegerExpr>();
    integer->range = token.range();
    if (token.text.getAsInteger(10, integer->value)) {
      fail("this integer does not fit 64 bits");
      return nullptr;
    }
    advance();
    return integer;
  }
  case TokenKind::Float: {
    auto *number = file.create<FloatExpr>();
    number->range = token.range();
    if (token.text.getAsDouble(number->value) ||
        !std::isfinite(number->value)) {
      fail("this number is not a finite float64");
      return nullptr;
    }
    advance();
    return number;
  }
  case TokenKind::True:
  case TokenKind::False: {
    auto *boolean = file.create<BoolExpr>();
    boolean->range = token.range();
    boolean->value = token.is(TokenKind::True);
    advance();
    return boolean;
  }
  case TokenKind::Name: {
    // `let a = x +` and a new line with `let b = …`: the operand is missing,
    // even though `let` may name a value.
    if (token.startsLine && ahead().is(TokenKind::Name) && atStatement()) {
      fail("expected an expression, found " + describe(token) +
           " on the next line");
      return nullptr;
    }
    advance();
    if (current().is(TokenKind::LeftParen))
      return parseCall(token);
    auto *name = file.create<NameExpr>();
    name->range = token.range();
    name->name = token.text;
    return name;
  }
  case TokenKind::LeftParen: {
    advance();
    Expr *inner = parseExpression();
    if (!inner || !expect(TokenKind::RightParen, "to close '('"))
      return nullptr;
    return inner;
  }
  case TokenKind::LeftBracket: {
    auto *list = file.create<ListExpr>();
    advance();
    while (!current().is(TokenKind::RightBracket)) {
      Expr *element = parseExpression();
      if (!element)
        return nullptr;
      list->elements.push_back(element);
      if (!current().is(TokenKind::RightBracket) &&
          !expect(TokenKind::Comma, "or ']' in a list"))
        return nullptr;
    }
    advance();
    list->range = rangeFrom(token.range().Start);
    return list;
  }
  default:
    fail("expected an expression, found " + describe(token));
    return nullptr;
  }
}

Expr *Parser::parseCall(const Token &callee) {
  auto *call = file.create<CallExpr>();
  call->callee = {callee.text, callee.range()};
  advance(); // '('
  while (!current().is(TokenKind::RightParen)) {
    Argument *argument = parseArgument();
    if (!argument)
      return nullptr;
    call->arguments.push_back(argument);
    if (!current().is(TokenKind::RightParen) &&
        !expect(TokenKind::Comma, "or ')' in the arguments of '" +
                                      callee.text + "'"))
      return nullptr;
  }
  advance();
  call->range = rangeFrom(callee.range().Start);
  if (current().isWord("at") && ahead().is(TokenKind::String)) {
    advance();
    if (!(call->path = parsePath()))
      return nullptr;
  }
  return call;
}

Argument *Parser::parseArgument() {
  auto *argument = file.create<Argument>();
  SMLoc begin = current().range().Start;
  auto introduces = [&](StringRef word) {
    return current().isWord(word) &&
           (ahead().is(TokenKind::Name) || ahead().is(TokenKind::Integer) ||
            ahead().is(TokenKind::LeftParen) || ahead().is(TokenKind::Not));
  };
  bool over = introduces("over"), along = introduces("along");
  if (over || along) {
    advance();
    bool axis = introduces("axis") ||
                (current().isWord("axis") && ahead().is(TokenKind::Minus));
    if (axis)
      advance();
    argument->kind = over ? (axis ? ArgumentKind::OverAxis : ArgumentKind::Over)
                          : (axis ? ArgumentKind::AlongAxis
                                  : ArgumentKind::Along);
  } else if (introduces("where")) {
    advance();
    argument->kind = ArgumentKind::Where;
  } else if (current().is(TokenKind::Name) && ahead().is(TokenKind::Assign)) {
    argument->kind = ArgumentKind::Named;
    expectName(argument->name, "a name");
    advance();
  }
  if (!(argument->value = parseExpression()))
    return nullptr;
  if (argument->kind == ArgumentKind::Value &&
      consumeIf(TokenKind::DotDot)) {
    argument->kind = ArgumentKind::Range;
    if (!(argument->end = parseExpression()))
      return nullptr;
  }
  argument->range = rangeFrom(begin);
  return argument;
}

Expr *Parser::parseIndex(Expr *base) {
  NestingScope level(*this);
  if (!level.ok())
    return nullptr;
  auto *index = file.create<IndexExpr>();
  index->base = base;
  advance(); // '['
  while (!current().is(TokenKind::RightBracket)) {
    IndexItem item;
    SMLoc begin = current().range().Start;
    if (consumeIf(TokenKind::DotDot)) {
      item.kind = IndexItem::Whole;
    } else {
      if (!(item.value = parseExpression()))
        return nullptr;
      if (consumeIf(TokenKind::DotDot)) {
        item.kind = IndexItem::Range;
        if (!(item.end = parseExpression()))
          return nullptr;
      }
    }
    item.range = rangeFrom(begin);
    index->items.push_back(item);
    if (!current().is(TokenKind::RightBracket) &&
        !expect(TokenKind::Comma, "or ']' in an index"))
      return nullptr;
  }
  advance();
  return index;
}

StringTemplate *Parser::parsePath() {
  auto *path = file.create<StringTemplate>();
  Token token = current();
  path->range = token.range();
  advance();
  StringRef text = token.text;
  StringTemplate::Piece literal;
  auto here = [&](size_t at) {
    return SMRange(SMLoc::getFromPointer(text.data() + at),
                   SMLoc::getFromPointer(text.data() + at + 1));
  };
  for (size_t at = 0; at < text.size();) {
    char c = text[at];
    if ((c == '{' || c == '}') && at + 1 < text.size() && text[at + 1] == c) {
      literal.text += c; // {{ and }} stand for the braces themselves
      at += 2;
      continue;
    }
    if (c == '}') {
      failAt(here(at), "'}' without '{'; write '}}' for the character itself");
      return nullptr;
    }
    if (c != '{') {
      literal.text += c;
      ++at;
      continue;
    }
    size_t close = text.find('}', at);
    if (close == StringRef::npos) {
      failAt(here(at), "'{' without '}'; write '{{' for the character itself");
      return nullptr;
    }
    if (text.slice(at + 1, close).trim().empty()) {
      failAt(here(at), "expected a value between '{' and '}'");
      return nullptr;
    }
    if (!literal.text.empty())
      path->pieces.push_back(std::move(literal));
    literal = {};
    Parser inner(file, tokenize(text.slice(at + 1, close), diag), diag);
    inner.nesting = nesting;
    Expr *value = inner.parseLoneExpression();
    gaveUp |= inner.gaveUp;
    if (!value)
      return nullptr;
    StringTemplate::Piece piece;
    piece.value = value;
    path->pieces.push_back(piece);
    at = close + 1;
  }
  if (!literal.text.empty())
    path->pieces.push_back(std::move(literal));
  return path;
}

} // namespace attune::frontend
