#include "frontend/Lexer.h"

#include <gtest/gtest.h>

using namespace attune::frontend;

namespace {

struct Lexed {
  explicit Lexed(llvm::StringRef text) {
    sources.AddNewSourceBuffer(
        llvm::MemoryBuffer::getMemBufferCopy(text, "f.attn"), llvm::SMLoc());
    llvm::raw_string_ostream stream(errors);
    Diagnostics diag(sources, stream);
    for (const Token &token :
         tokenize(sources.getMemoryBuffer(1)->getBuffer(), diag)) {
      kinds.push_back(token.kind);
      texts.push_back(token.text.str());
    }
  }

  llvm::SourceMgr sources;
  std::string errors;
  std::vector<TokenKind> kinds;
  std::vector<std::string> texts;
};

TEST(LexerTest, ARangeIsNoFloat) {
  Lexed lexed("0..6 1.5 2. .5 1e-12 ...");
  using K = TokenKind;
  EXPECT_EQ(lexed.kinds, (std::vector{K::Integer, K::DotDot, K::Integer,
                                      K::Float, K::Float, K::Float, K::Float,
                                      K::Ellipsis, K::End}));
}

TEST(LexerTest, WordsAndOperators) {
  Lexed lexed("a_1 and not true->==<= # rest\n@");
  using K = TokenKind;
  EXPECT_EQ(lexed.kinds,
            (std::vector{K::Name, K::And, K::Not, K::True, K::Arrow, K::Equal,
                         K::LessEqual, K::At, K::End}));
  EXPECT_EQ(lexed.errors, "");
}

TEST(LexerTest, StringsKeepTheirText) {
  Lexed lexed("\"encoder.{l}\"");
  EXPECT_EQ(lexed.texts[0], "encoder.{l}");
}

TEST(LexerTest, ReportsWhatIsNoToken) {
  Lexed lexed("a ~ b $");
  EXPECT_NE(lexed.errors.find("f.attn:1:3: error: unexpected character '~'"),
            std::string::npos);
  EXPECT_NE(lexed.errors.find("f.attn:1:7: error: unexpected character '$'"),
            std::string::npos);
  EXPECT_EQ(lexed.kinds.size(), 3u);
}

TEST(LexerTest, AlwaysEnds) {
  for (llvm::StringRef text : {"", "#", "\"", "\"\n", "1e", "1e+", "\xEF\xBB\xBF"})
    EXPECT_EQ(Lexed(text).kinds.back(), TokenKind::End) << text.str();
}

TEST(TextTest, AcceptsUtf8AndNothingElse) {
  llvm::SourceMgr sources;
  std::string errors;
  llvm::raw_string_ostream stream(errors);
  Diagnostics diag(sources, stream);
  EXPECT_TRUE(checkText("ä€😀\t\r\n", "f", diag));
  EXPECT_FALSE(checkText("\xC0\x80", "f", diag));     // overlong
  EXPECT_FALSE(checkText("\xED\xA0\x80", "f", diag)); // a surrogate
  EXPECT_FALSE(checkText("\xE2\x82", "f", diag));     // cut off
  EXPECT_FALSE(checkText(llvm::StringRef("a\0b", 3), "f", diag));
  EXPECT_FALSE(checkText("\x1b[31m", "f", diag));
}

} // namespace
