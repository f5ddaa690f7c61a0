#include "frontend/Parser.h"
#include "frontend/Limits.h"

using namespace llvm;

namespace attune::frontend {

NestingScope::NestingScope(Parser &parser) : parser(parser) {
  fine = ++parser.nesting <= limits::nesting;
  if (!fine && !parser.gaveUp) {
    parser.fail("nested too deeply; at most " + Twine(limits::nesting) +
                " levels are allowed");
    parser.gaveUp = true;
  }
}

//===-- Tokens -------------------------------------------------------------===//

bool Parser::consumeIf(TokenKind kind) {
  if (!current().is(kind))
    return false;
  advance();
  return true;
}

bool Parser::fail(const Twine &message) {
  return failAt(current().range(), message);
}

bool Parser::failAt(SMRange where, const Twine &message) {
  if (!gaveUp)
    diag.error(where, message);
  return false;
}

bool Parser::expect(TokenKind kind, const Twine &where) {
  if (consumeIf(kind))
    return true;
  return fail("expected " + describe(kind) + " " + where + ", found " +
              describe(current()));
}

bool Parser::expectName(Identifier &name, const Twine &what) {
  if (!current().is(TokenKind::Name))
    return fail("expected " + what + ", found " + describe(current()));
  name = {current().text, current().range()};
  advance();
  return true;
}

SMRange Parser::rangeFrom(SMLoc begin) const {
  SMLoc end = position ? tokens[position - 1].range().End : begin;
  if (end.getPointer() < begin.getPointer())
    end = begin;
  return SMRange(begin, end);
}

bool Parser::atKeyword(StringRef word) const {
  return current().isWord(word) && !ahead().is(TokenKind::Assign);
}

bool Parser::atDeclaration() const {
  static const StringRef words[] = {"use", "dim",   "const",
                                    "fn",  "model", "attention"};
  return llvm::any_of(words, [&](StringRef word) {
    return atKeyword(word) && ahead().is(TokenKind::Name);
  });
}

bool Parser::atStatement() const {
  static const StringRef words[] = {"let", "var", "return",
                                    "for", "if",  "param"};
  if (current().is(TokenKind::Name) && ahead().is(TokenKind::Assign))
    return true;
  return llvm::any_of(words, [&](StringRef word) { return atKeyword(word); });
}

//===-- Recovery -----------------------------------------------------------===//

/// Skips to the next line that begins a statement, or to the brace that closes
/// the block. Line breaks mean nothing to the grammar, but people write one
/// statement a line.
void Parser::recoverInBlock(size_t errorAt) {
  if (gaveUp) {
    position = tokens.size() - 1;
    return;
  }
  if (position == errorAt && !current().is(TokenKind::RightBrace))
    advance();
  unsigned depth = 0;
  while (!current().is(TokenKind::End)) {
    if (current().startsLine && atDeclaration())
      return; // the block was never closed
    if (current().is(TokenKind::LeftBrace))
      ++depth;
    else if (current().is(TokenKind::RightBrace)) {
      if (depth == 0)
        return;
      --depth;
    } else if (depth == 0 && current().startsLine && atStatement())
      return;
    advance();
  }
}

void Parser::recoverAtTopLevel() {
  if (gaveUp) {
    position = tokens.size() - 1;
    return;
  }
  while (!current().is(TokenKind::End)) {
    if (current().startsLine && atDeclaration())
      return;
    advance();
  }
}

//===-- Statements ---------------------------------------------------------===//

bool Parser::parseBlock(Block &block) {
  NestingScope level(*this);
  if (!level.ok())
    return false;
  SMRange open = current().range();
  if (!expect(TokenKind::LeftBrace, "to open a block"))
    return false;
  bool fine = true;
  while (!current().is(TokenKind::RightBrace)) {
    if (current().is(TokenKind::End) || gaveUp ||
        (!fine && current().startsLine && atDeclaration())) {
      if (fine && failAt(open, "this '{' is never closed"))
        fine = false;
      return false;
    }
    size_t before = position;
    if (Stmt *statement = parseStatement()) {
      block.push_back(statement);
      continue;
    }
    fine = false;
    recoverInBlock(before);
  }
  advance();
  return fine;
}

Stmt *Parser::parseStatement() {
  if (current().is(TokenKind::Name) && ahead().is(TokenKind::Assign))
    return parseAssign();
  if (current().isWord("let"))
    return parseBind(false);
  if (current().isWord("var"))
    return parseBind(true);
  if (current().isWord("return"))
    return parseReturn();
  if (current().isWord("for"))
    return parseFor();
  if (current().isWord("if"))
    return parseIf();
  if (current().isWord("param"))
    return parseParams();
  fail("expected a statement (let, var, return, for, if, param or "
       "'name = …'), found " +
       describe(current()));
  return nullptr;
}

Stmt *Parser::parseBind(bool isVar) {
  auto *statement = file.create<BindStmt>();
  SMLoc begin = current().range().Start;
  advance();
  statement->isVar = isVar;
  if (!expectName(statement->name, "a name") ||
      !expect(TokenKind::Assign, "and a value") ||
      !(statement->value = parseExpression()))
    return nullptr;
  statement->range = rangeFrom(begin);
  return statement;
}

Stmt *Parser::parseAssign() {
  auto *statement = file.create<AssignStmt>();
  SMLoc begin = current().range().Start;
  expectName(statement->name, "a name");
  advance(); // '='
  if (!(statement->value = parseExpression()))
    return nullptr;
  statement->range = rangeFrom(begin);
  return statement;
}

Stmt *Parser::parseReturn() {
  auto *statement = file.create<ReturnStmt>();
  SMLoc begin = current().range().Start;
  advance();
  do {
    ReturnStmt::Result result;
    if (current().is(TokenKind::Name) && ahead().is(TokenKind::Assign)) {
      expectName(result.name, "a name");
      advance();
    }
    if (!(result.value = parseExpression()))
      return nullptr;
    statement->results.push_back(result);
  } while (consumeIf(TokenKind::Comma));
  statement->range = rangeFrom(begin);
  return statement;
}

Stmt *Parser::parseFor() {
  auto *statement = file.create<ForStmt>();
  SMLoc begin = current().range().Start;
  advance();
  if (!expectName(statement->variable, "the loop's variable"))
    return nullptr;
  if (!current().isWord("in")) {
    fail("expected 'in' after the loop's variable, found " +
         describe(current()));
    return nullptr;
  }
  advance();
  if (!(statement->first = parseExpression()) ||
      !expect(TokenKind::DotDot, "between the loop's bounds") ||
      !(statement->last = parseExpression()))
    return nullptr;
  statement->range = rangeFrom(begin);
  // An error inside the block was reported and recovered from there.
  parseBlock(statement->body);
  return statement;
}

Stmt *Parser::parseIf() {
  NestingScope level(*this); // else if … else if …
  if (!level.ok())
    return nullptr;
  auto *statement = file.create<IfStmt>();
  SMLoc begin = current().range().Start;
  advance();
  if (!(statement->condition = parseExpression()))
    return nullptr;
  statement->range = rangeFrom(begin);
  if (!current().is(TokenKind::LeftBrace)) {
    expect(TokenKind::LeftBrace, "after the condition");
    return nullptr;
  }
  parseBlock(statement->then);
  if (!atKeyword("else"))
    return statement;
  advance();
  if (current().isWord("if")) {
    Stmt *next = parseIf();
    if (!next)
      return nullptr;
    statement->otherwise.push_back(next);
  } else {
    parseBlock(statement->otherwise);
  }
  return statement;
}

Stmt *Parser::parseParams() {
  auto *statement = file.create<ParamsStmt>();
  SMLoc begin = current().range().Start;
  advance();
  do {
    ParamsStmt::Param param;
    if (!expectName(param.name, "a parameter's name") ||
        !expect(TokenKind::Colon, "and the parameter's type") ||
        !(param.type = parseType()))
      return nullptr;
    statement->params.push_back(param);
  } while (consumeIf(TokenKind::Comma));
  statement->range = rangeFrom(begin);
  return statement;
}

} // namespace attune::frontend
