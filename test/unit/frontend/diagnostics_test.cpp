#include "frontend/Diagnostics.h"

#include <gtest/gtest.h>

using namespace attune::frontend;

namespace {

class DiagnosticsTest : public ::testing::Test {
protected:
  void load(llvm::StringRef text) {
    sources.AddNewSourceBuffer(
        llvm::MemoryBuffer::getMemBufferCopy(text, "f.attn"), llvm::SMLoc());
  }

  llvm::SMRange at(size_t offset, size_t length) {
    const char *begin = sources.getMemoryBuffer(1)->getBufferStart() + offset;
    return {llvm::SMLoc::getFromPointer(begin),
            llvm::SMLoc::getFromPointer(begin + length)};
  }

  template <typename Report> std::string printed(Report report) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    {
      Diagnostics diag(sources, stream);
      report(diag);
    }
    return text;
  }

  llvm::SourceMgr sources;
};

TEST_F(DiagnosticsTest, ShowsTheLineAndUnderlinesTheRange) {
  load("let a = 1\nlet b = wrong + 2\n");
  EXPECT_EQ(printed([&](Diagnostics &d) { d.error(at(18, 5), "unknown"); }),
            "f.attn:2:9: error: unknown\n"
            "let b = wrong + 2\n"
            "        ^~~~~\n");
}

TEST_F(DiagnosticsTest, SortsByPlaceAndKeepsNotesWithTheirError) {
  load("one\ntwo\nthree\n");
  EXPECT_EQ(printed([&](Diagnostics &d) {
              d.error(at(8, 5), "last");
              d.note(at(0, 3), "see here");
              d.error(at(4, 3), "first");
            }),
            "f.attn:2:1: error: first\ntwo\n^~~\n"
            "f.attn:3:1: error: last\nthree\n^~~~~\n"
            "f.attn:1:1: note: see here\none\n^~~\n");
}

TEST_F(DiagnosticsTest, ReportsOnePlaceOnce) {
  load("x");
  EXPECT_EQ(printed([&](Diagnostics &d) {
              EXPECT_TRUE(d.error(at(0, 1), "a"));
              EXPECT_FALSE(d.error(at(0, 1), "b"));
              EXPECT_EQ(d.errorCount(), 1u);
            }),
            "f.attn:1:1: error: a\nx\n^\n");
}

TEST_F(DiagnosticsTest, CountsCharactersAndKeepsTabs) {
  load("\tä€ = x");
  EXPECT_EQ(printed([&](Diagnostics &d) { d.error(at(9, 1), "here"); }),
            "f.attn:1:10: error: here\n"
            "\tä€ = x\n"
            "\t     ^\n");
}

TEST_F(DiagnosticsTest, ShowsAWindowOfALongLine) {
  std::string line(100000, 'x');
  load(line);
  std::string text =
      printed([&](Diagnostics &d) { d.error(at(50000, 3), "here"); });
  EXPECT_LT(text.size(), 500u);
  EXPECT_NE(text.find("f.attn:1:50001: error: here\n..."), std::string::npos);
  EXPECT_NE(text.find(" ^~~\n"), std::string::npos);
}

TEST_F(DiagnosticsTest, PlacesTheCaretAtTheEndOfTheFile) {
  load("abc");
  EXPECT_EQ(printed([&](Diagnostics &d) { d.error(at(3, 0), "end"); }),
            "f.attn:1:4: error: end\nabc\n   ^\n");
}

TEST_F(DiagnosticsTest, StopsAfterTwentyErrors) {
  load(std::string(100, 'x'));
  std::string text = printed([&](Diagnostics &d) {
    for (size_t i = 0; i < 100; ++i)
      d.error(at(i, 1), "e");
    EXPECT_TRUE(d.isFull());
    EXPECT_EQ(d.errorCount(), 20u);
  });
  EXPECT_NE(text.find("too many errors"), std::string::npos);
}

} // namespace
