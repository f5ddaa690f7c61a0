// Text of a model -> tokens.
#ifndef ATTUNE_FRONTEND_LEXER_H
#define ATTUNE_FRONTEND_LEXER_H

#include "frontend/Diagnostics.h"

#include "llvm/ADT/StringRef.h"

#include <vector>

namespace attune::frontend {

enum class TokenKind {
  End,
  Name,    // also every word that is a keyword in some places only
  Integer,
  Float,
  String,  // spelling without the quotes
  True,
  False,
  And,
  Or,
  Not,
  LeftParen,
  RightParen,
  LeftBracket,
  RightBracket,
  LeftBrace,
  RightBrace,
  Comma,
  Colon,
  Dot,
  DotDot,
  Ellipsis,
  Arrow,
  Assign,
  Plus,
  Minus,
  Star,
  Slash,
  Percent,
  At,
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
};

struct Token {
  TokenKind kind = TokenKind::End;
  llvm::StringRef text;
  /// First token of its line; recovery after an error starts there.
  bool startsLine = false;

  bool is(TokenKind k) const { return kind == k; }
  bool isWord(llvm::StringRef word) const {
    return kind == TokenKind::Name && text == word;
  }
  llvm::SMRange range() const;
};

/// How a token is called in a message: "')'", "a name", "the end of the file".
std::string describe(TokenKind kind);
std::string describe(const Token &token);

/// Checks that `text` is UTF-8 text; reports the first byte that is not.
bool checkText(llvm::StringRef text, llvm::StringRef file, Diagnostics &diag);

/// The tokens of `text`, always closed by an End token. Errors are reported
/// and the offending characters left out.
std::vector<Token> tokenize(llvm::StringRef text, Diagnostics &diag);

} // namespace attune::frontend

#endif
