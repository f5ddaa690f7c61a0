// Tokens -> syntax tree. docs/language.md holds the grammar that this follows
// rule by rule.
#ifndef ATTUNE_FRONTEND_PARSER_H
#define ATTUNE_FRONTEND_PARSER_H

#include "frontend/Ast.h"
#include "frontend/Lexer.h"

#include <optional>

namespace attune::frontend {

class Parser {
public:
  Parser(File &file, std::vector<Token> tokens, Diagnostics &diag)
      : file(file), tokens(std::move(tokens)), diag(diag) {}

  /// Parses a whole file. After an error it goes on with the next statement
  /// or declaration, so that one run reports several mistakes.
  void parseFile();

  /// A constant given on the command line (`--set heads=6`); null on error.
  Expr *parseLoneExpression();

private:
  friend class NestingScope;

  // Declarations (ParseDeclarations.cpp).
  bool parseDeclaration();
  bool parseUse();
  bool parseDims();
  bool parseConsts();
  bool parseFunction(bool isModel);
  bool parseAttention();
  bool parseParameters(std::vector<Parameter> &parameters, bool typed);
  bool parseResults(FunctionDecl *fn);
  TypeExpr *parseType();

  // Statements (Parser.cpp).
  bool parseBlock(Block &block);
  Stmt *parseStatement();
  Stmt *parseBind(bool isVar);
  Stmt *parseAssign();
  Stmt *parseReturn();
  Stmt *parseFor();
  Stmt *parseIf();
  Stmt *parseParams();
  void recoverInBlock(size_t errorAt);
  void recoverAtTopLevel();

  // Expressions (ParseExpressions.cpp).
  Expr *parseExpression();
  Expr *parseBinary(int minimum);
  Expr *parseUnary();
  Expr *parsePostfix();
  Expr *parsePrimary();
  Expr *parseCall(const Token &callee);
  Expr *parseIndex(Expr *base);
  Argument *parseArgument();
  StringTemplate *parsePath();

  // Tokens.
  const Token &current() const { return tokens[position]; }
  const Token &ahead(size_t n = 1) const {
    return tokens[std::min(position + n, tokens.size() - 1)];
  }
  void advance() {
    if (position + 1 < tokens.size())
      ++position;
  }
  bool consumeIf(TokenKind kind);
  bool expect(TokenKind kind, const llvm::Twine &where);
  bool expectName(Identifier &name, const llvm::Twine &what);
  /// True for `let x`, `for l`: the word and then something other than `=`.
  bool atKeyword(llvm::StringRef word) const;
  bool atDeclaration() const;
  bool atStatement() const;
  llvm::SMRange rangeFrom(llvm::SMLoc begin) const;
  bool fail(const llvm::Twine &message);
  bool failAt(llvm::SMRange where, const llvm::Twine &message);

  File &file;
  std::vector<Token> tokens;
  Diagnostics &diag;
  size_t position = 0;
  unsigned nesting = 0;
  /// Set by the nesting limit: everything after it would be noise.
  bool gaveUp = false;
};

/// Counts one level of nesting while it lives.
class NestingScope {
public:
  explicit NestingScope(Parser &parser);
  ~NestingScope() { --parser.nesting; }
  /// False, with an error, when the limit is passed.
  bool ok() const { return fine; }

private:
  Parser &parser;
  bool fine;
};

} // namespace attune::frontend

#endif
