#include "frontend/Limits.h"
#include "frontend/Parser.h"

using namespace llvm;

namespace attune::frontend {

void Parser::parseFile() {
  while (!current().is(TokenKind::End) && !gaveUp) {
    size_t before = position;
    if (parseDeclaration())
      continue;
    if (position == before)
      advance();
    recoverAtTopLevel();
  }
}

Expr *Parser::parseLoneExpression() {
  Expr *value = parseExpression();
  if (value && !current().is(TokenKind::End)) {
    fail("expected one value, found " + describe(current()) + " after it");
    return nullptr;
  }
  return value;
}

bool Parser::parseDeclaration() {
  if (current().isWord("use"))
    return parseUse();
  if (current().isWord("dim"))
    return parseDims();
  if (current().isWord("const"))
    return parseConsts();
  if (current().isWord("fn"))
    return parseFunction(false);
  if (current().isWord("model"))
    return parseFunction(true);
  if (current().isWord("attention"))
    return parseAttention();
  std::string hint;
  if (current().is(TokenKind::Name)) {
    Suggestion suggestion(current().text);
    for (StringRef word : {"use", "dim", "const", "fn", "model", "attention"})
      suggestion.consider(word);
    hint = suggestion.text();
  }
  return fail("expected a declaration (use, dim, const, fn, model or "
              "attention), found " +
              describe(current()) + hint);
}

bool Parser::parseUse() {
  auto *use = file.create<UseDecl>();
  SMLoc begin = current().range().Start;
  advance();
  do {
    Identifier part;
    if (!expectName(part, "the name of a file, as in 'use std.layers'"))
      return false;
    use->path.push_back(part);
  } while (consumeIf(TokenKind::Dot));
  use->range = rangeFrom(begin);
  file.uses.push_back(use);
  return true;
}

bool Parser::parseDims() {
  advance();
  do {
    auto *dim = file.create<DimDecl>();
    if (!expectName(dim->name, "the name of a size"))
      return false;
    dim->range = dim->name.range;
    file.decls.push_back(dim);
  } while (consumeIf(TokenKind::Comma));
  return true;
}

bool Parser::parseConsts() {
  advance();
  do {
    auto *constant = file.create<ConstDecl>();
    SMLoc begin = current().range().Start;
    if (!expectName(constant->name, "the name of a constant") ||
        !expect(TokenKind::Assign, "and the constant's value") ||
        !(constant->value = parseExpression()))
      return false;
    constant->range = rangeFrom(begin);
    file.decls.push_back(constant);
  } while (consumeIf(TokenKind::Comma));
  return true;
}

bool Parser::parseParameters(std::vector<Parameter> &parameters,
                             bool isAttention) {
  if (!expect(TokenKind::LeftParen, "to open the parameters"))
    return false;
  if (consumeIf(TokenKind::RightParen))
    return true;
  do {
    Parameter parameter;
    if (!expectName(parameter.name, "a parameter's name"))
      return false;
    // The three operands of a definition have no written type.
    if (!isAttention || parameters.size() >= 3 ||
        current().is(TokenKind::Colon)) {
      if (isAttention && parameters.size() < 3)
        return fail("the operands query, key and value of an attention "
                    "definition take no type");
      if (!expect(TokenKind::Colon, "and a type after '" +
                                        parameter.name.name + "'") ||
          !(parameter.type = parseType()))
        return false;
      if (consumeIf(TokenKind::Assign) &&
          !(parameter.defaultValue = parseExpression()))
        return false;
    }
    parameters.push_back(parameter);
  } while (consumeIf(TokenKind::Comma));
  return expect(TokenKind::RightParen, "to close the parameters");
}

bool Parser::parseResults(FunctionDecl *fn) {
  if (!expect(TokenKind::Arrow, "and the type of the result"))
    return false;
  if (!consumeIf(TokenKind::LeftParen)) {
    FunctionDecl::Result result;
    if (!(result.type = parseType()))
      return false;
    fn->results.push_back(result);
    return true;
  }
  do {
    FunctionDecl::Result result;
    if (!expectName(result.name, "a result's name") ||
        !expect(TokenKind::Colon, "and the result's type") ||
        !(result.type = parseType()))
      return false;
    fn->results.push_back(result);
  } while (consumeIf(TokenKind::Comma));
  return expect(TokenKind::RightParen, "to close the results");
}

bool Parser::parseFunction(bool isModel) {
  auto *fn = file.create<FunctionDecl>();
  SMLoc begin = current().range().Start;
  fn->isModel = isModel;
  advance();
  if (!expectName(fn->name, isModel ? "the model's name"
                                    : "the function's name"))
    return false;
  // A broken signature still names the function, and its body is still read:
  // callers and statements get their own messages.
  file.decls.push_back(fn);
  bool fine = parseParameters(fn->parameters, false) && parseResults(fn);
  fn->range = rangeFrom(begin);
  if (!fine)
    while (!current().is(TokenKind::LeftBrace)) {
      if (gaveUp || current().is(TokenKind::End) ||
          (current().startsLine && atDeclaration()))
        return false;
      advance();
    }
  if (!current().is(TokenKind::LeftBrace))
    return expect(TokenKind::LeftBrace, "and the function's body");
  parseBlock(fn->body);
  return !gaveUp;
}

bool Parser::parseAttention() {
  auto *definition = file.create<AttentionDecl>();
  SMLoc begin = current().range().Start;
  advance();
  if (!expectName(definition->name, "the definition's name"))
    return false;
  file.decls.push_back(definition);
  if (!parseParameters(definition->parameters, true))
    return false;
  definition->range = rangeFrom(begin);
  if (definition->parameters.size() < 3)
    failAt(definition->range, "an attention definition has at least three "
                              "operands: query, key and value");
  if (!current().is(TokenKind::LeftBrace))
    return expect(TokenKind::LeftBrace, "and the definition's body");
  parseBlock(definition->body);
  return !gaveUp;
}

TypeExpr *Parser::parseType() {
  auto *type = file.create<TypeExpr>();
  SMLoc begin = current().range().Start;
  Identifier element;
  if (!expectName(element, "a type"))
    return nullptr;
  type->element = element.name;
  static const StringRef elements[] = {"f32", "f16",  "bf16", "i32",
                                       "i8",  "bool", "size"};
  if (!llvm::is_contained(elements, element.name)) {
    Suggestion suggestion(element.name);
    for (StringRef known : elements)
      suggestion.consider(known);
    failAt(element.range, "unknown type '" + element.name +
                              "'; types are f32, f16, bf16, i32, i8, bool "
                              "and size" +
                              suggestion.text());
    return nullptr;
  }
  if (consumeIf(TokenKind::LeftBracket)) {
    if (type->element == "size") {
      failAt(element.range, "a size has no sizes of its own");
      return nullptr;
    }
    type->hasSizes = true;
    if (consumeIf(TokenKind::Ellipsis)) {
      type->leadingAxes = true;
      if (!current().is(TokenKind::RightBracket) &&
          !expect(TokenKind::Comma, "after '...'"))
        return nullptr;
    }
    while (!current().is(TokenKind::RightBracket)) {
      if (current().is(TokenKind::Ellipsis)) {
        fail("'...' stands first in a type");
        return nullptr;
      }
      Expr *size = parseExpression();
      if (!size)
        return nullptr;
      type->sizes.push_back(size);
      if (!current().is(TokenKind::RightBracket) &&
          !expect(TokenKind::Comma, "or ']' after a size"))
        return nullptr;
    }
    advance();
  }
  type->range = rangeFrom(begin);
  return type;
}

} // namespace attune::frontend
