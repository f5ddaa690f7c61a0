#include "frontend/Lexer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"

using namespace llvm;

namespace attune::frontend {

SMRange Token::range() const {
  const char *begin = text.data(), *end = text.data() + text.size();
  if (kind == TokenKind::String) { // the quotes belong to the place
    --begin;
    ++end;
  }
  return SMRange(SMLoc::getFromPointer(begin), SMLoc::getFromPointer(end));
}

std::string describe(TokenKind kind) {
  switch (kind) {
  case TokenKind::End:
    return "the end of the file";
  case TokenKind::Name:
    return "a name";
  case TokenKind::Integer:
    return "an integer";
  case TokenKind::Float:
    return "a number";
  case TokenKind::String:
    return "a string";
  case TokenKind::True:
    return "'true'";
  case TokenKind::False:
    return "'false'";
  case TokenKind::And:
    return "'and'";
  case TokenKind::Or:
    return "'or'";
  case TokenKind::Not:
    return "'not'";
  case TokenKind::LeftParen:
    return "'('";
  case TokenKind::RightParen:
    return "')'";
  case TokenKind::LeftBracket:
    return "'['";
  case TokenKind::RightBracket:
    return "']'";
  case TokenKind::LeftBrace:
    return "'{'";
  case TokenKind::RightBrace:
    return "'}'";
  case TokenKind::Comma:
    return "','";
  case TokenKind::Colon:
    return "':'";
  case TokenKind::Dot:
    return "'.'";
  case TokenKind::DotDot:
    return "'..'";
  case TokenKind::Ellipsis:
    return "'...'";
  case TokenKind::Arrow:
    return "'->'";
  case TokenKind::Assign:
    return "'='";
  case TokenKind::Plus:
    return "'+'";
  case TokenKind::Minus:
    return "'-'";
  case TokenKind::Star:
    return "'*'";
  case TokenKind::Slash:
    return "'/'";
  case TokenKind::Percent:
    return "'%'";
  case TokenKind::At:
    return "'@'";
  case TokenKind::Equal:
    return "'=='";
  case TokenKind::NotEqual:
    return "'!='";
  case TokenKind::Less:
    return "'<'";
  case TokenKind::LessEqual:
    return "'<='";
  case TokenKind::Greater:
    return "'>'";
  case TokenKind::GreaterEqual:
    return "'>='";
  }
  return "a token";
}

std::string describe(const Token &token) {
  switch (token.kind) {
  case TokenKind::Name:
  case TokenKind::Integer:
  case TokenKind::Float: {
    StringRef text = token.text;
    if (text.size() > 40)
      return ("'" + text.take_front(40) + "…'").str();
    return ("'" + text + "'").str();
  }
  default:
    return describe(token.kind);
  }
}

static SMRange bytesAt(const char *at, size_t bytes = 1) {
  return SMRange(SMLoc::getFromPointer(at), SMLoc::getFromPointer(at + bytes));
}

bool checkText(StringRef text, StringRef file, Diagnostics &diag) {
  auto *at = reinterpret_cast<const UTF8 *>(text.begin());
  auto *end = reinterpret_cast<const UTF8 *>(text.end());
  size_t line = 1;
  while (at != end) {
    unsigned char c = *at;
    bool control = (c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 127;
    if (control || !isLegalUTF8Sequence(at, end)) {
      // The line itself is left out: it would send the bytes to the terminal.
      diag.plainError(Twine(file) + ":" + Twine(line) + ": byte 0x" +
                      utohexstr(c, true, 2) + " at offset " +
                      Twine(at - reinterpret_cast<const UTF8 *>(text.begin())) +
                      " is not UTF-8 text; a model is a text file");
      return false;
    }
    line += c == '\n';
    at += getNumBytesForUTF8(c);
  }
  return true;
}

namespace {

class Lexer {
public:
  Lexer(StringRef text, Diagnostics &diag)
      : at(text.begin()), end(text.end()), diag(diag) {
    if (text.starts_with("\xEF\xBB\xBF"))
      at += 3;
  }

  std::vector<Token> run() {
    while (true) {
      skipSpace();
      if (at == end)
        break;
      lexOne();
    }
    add(TokenKind::End, 0);
    return std::move(tokens);
  }

private:
  void skipSpace() {
    while (at != end) {
      if (*at == '\n')
        atLineStart = true;
      else if (*at == '#') {
        while (at != end && *at != '\n')
          ++at;
        continue;
      } else if (*at != ' ' && *at != '\t' && *at != '\r')
        return;
      ++at;
    }
  }

  char peek(size_t n) const { return size_t(end - at) > n ? at[n] : '\0'; }

  void add(TokenKind kind, size_t bytes) {
    tokens.push_back({kind, StringRef(at, bytes), atLineStart});
    atLineStart = false;
    at += bytes;
  }

  void lexOne() {
    char c = *at;
    if (isAlpha(c) || c == '_')
      return lexName();
    if (isDigit(c) || (c == '.' && isDigit(peek(1))))
      return lexNumber();
    if (c == '"')
      return lexString();
    struct Mark {
      const char *spelling;
      TokenKind kind;
    };
    // Longest first, so that `..` is not two dots.
    static const Mark marks[] = {
        {"...", TokenKind::Ellipsis},    {"..", TokenKind::DotDot},
        {"->", TokenKind::Arrow},        {"==", TokenKind::Equal},
        {"!=", TokenKind::NotEqual},     {"<=", TokenKind::LessEqual},
        {">=", TokenKind::GreaterEqual}, {"(", TokenKind::LeftParen},
        {")", TokenKind::RightParen},    {"[", TokenKind::LeftBracket},
        {"]", TokenKind::RightBracket},  {"{", TokenKind::LeftBrace},
        {"}", TokenKind::RightBrace},    {",", TokenKind::Comma},
        {":", TokenKind::Colon},         {".", TokenKind::Dot},
        {"=", TokenKind::Assign},        {"+", TokenKind::Plus},
        {"-", TokenKind::Minus},         {"*", TokenKind::Star},
        {"/", TokenKind::Slash},         {"%", TokenKind::Percent},
        {"@", TokenKind::At},            {"<", TokenKind::Less},
        {">", TokenKind::Greater},
    };
    StringRef rest(at, end - at);
    for (const Mark &mark : marks)
      if (rest.starts_with(mark.spelling))
        return add(mark.kind, StringRef(mark.spelling).size());
    size_t bytes = std::min<size_t>(
        getNumBytesForUTF8(static_cast<UTF8>(c)), end - at);
    StringRef hint;
    if (c == '!')
      hint = "; write 'not'";
    else if (c == '&')
      hint = "; write 'and'";
    else if (c == '|')
      hint = "; write 'or'";
    else if (c == '\'')
      hint = "; strings are written with \"";
    diag.error(bytesAt(at, bytes), "unexpected character '" +
                                       StringRef(at, bytes) + "'" + hint);
    at += bytes;
  }

  void lexName() {
    size_t n = 1;
    while (isAlnum(peek(n)) || peek(n) == '_')
      ++n;
    StringRef word(at, n);
    TokenKind kind = wordKind(word);
    add(kind, n);
  }

  static TokenKind wordKind(StringRef word) {
    if (word == "true")
      return TokenKind::True;
    if (word == "false")
      return TokenKind::False;
    if (word == "and")
      return TokenKind::And;
    if (word == "or")
      return TokenKind::Or;
    if (word == "not")
      return TokenKind::Not;
    return TokenKind::Name;
  }

  void lexNumber() {
    size_t n = 0;
    TokenKind kind = TokenKind::Integer;
    while (isDigit(peek(n)))
      ++n;
    // `0..6` is a range, not the float `0.`.
    if (peek(n) == '.' && peek(n + 1) != '.') {
      kind = TokenKind::Float;
      ++n;
      while (isDigit(peek(n)))
        ++n;
    }
    if (peek(n) == 'e' || peek(n) == 'E') {
      size_t m = n + 1;
      if (peek(m) == '+' || peek(m) == '-')
        ++m;
      if (isDigit(peek(m))) {
        kind = TokenKind::Float;
        n = m;
        while (isDigit(peek(n)))
          ++n;
      }
    }
    if (isAlpha(peek(n)) || peek(n) == '_') {
      size_t m = n;
      while (isAlnum(peek(m)) || peek(m) == '_')
        ++m;
      diag.error(bytesAt(at, m), "'" + StringRef(at, std::min<size_t>(m, 40)) +
                                     "' is neither a number nor a name");
      n = m;
    }
    add(kind, n);
  }

  void lexString() {
    const char *open = at++;
    size_t n = 0;
    while (at + n != end && at[n] != '"' && at[n] != '\n')
      ++n;
    bool closed = at + n != end && at[n] == '"';
    if (!closed)
      diag.error(bytesAt(open, n + 1), "this string has no closing '\"'");
    add(TokenKind::String, n);
    if (closed)
      ++at;
  }

  const char *at, *end;
  Diagnostics &diag;
  std::vector<Token> tokens;
  bool atLineStart = true;
};

} // namespace

std::vector<Token> tokenize(StringRef text, Diagnostics &diag) {
  return Lexer(text, diag).run();
}

} // namespace attune::frontend
