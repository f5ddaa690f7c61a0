#include "tools/attn-tune/Journal.h"
#include "codegen/link/Files.h"
#include "llvm/Support/FileSystem.h"
#include <gtest/gtest.h>

using namespace attune;
using namespace attune::tune;

namespace {

class JournalTest : public testing::Test {
protected:
  TemporaryFolder folder = llvm::cantFail(TemporaryFolder::create());
  std::string path = folder.file("journal");

  Journal open() { return llvm::cantFail(Journal::open(path)); }
  std::string problem() {
    auto journal = Journal::open(path);
    return journal ? "" : llvm::toString(journal.takeError());
  }
  void write(llvm::StringRef text) { llvm::cantFail(writeFile(path, text)); }
};

} // namespace

TEST_F(JournalTest, WhatIsNotThereIsEmpty) {
  Journal journal = open();
  EXPECT_FALSE(journal.knows("k", "s"));
  EXPECT_EQ(journal.count("k"), 0u);
  EXPECT_FALSE(journal.best("k"));
  EXPECT_FALSE(llvm::sys::fs::exists(path));
}

TEST_F(JournalTest, GoesOn) {
  {
    Journal journal = open();
    llvm::cantFail(journal.add("k", "one", Outcome::Best, llvm::json::Object{{"ratio", 0.9}}));
    llvm::cantFail(journal.add("k", "two", Outcome::Slower));
    llvm::cantFail(journal.add("other", "three \"quoted\"", Outcome::Failed));
  }
  Journal journal = open();
  EXPECT_TRUE(journal.knows("k", "one"));
  EXPECT_TRUE(journal.knows("k", "two"));
  EXPECT_FALSE(journal.knows("other", "one"));
  EXPECT_TRUE(journal.knows("other", "three \"quoted\""));
  EXPECT_EQ(journal.best("k"), "one");
  EXPECT_FALSE(journal.best("other"));
  EXPECT_EQ(journal.count("k"), 2u);
}

TEST_F(JournalTest, TheLastBestCounts) {
  Journal journal = open();
  llvm::cantFail(journal.add("k", "one", Outcome::Best));
  llvm::cantFail(journal.add("k", "two", Outcome::Best));
  EXPECT_EQ(journal.best("k"), "two");
  EXPECT_EQ(open().best("k"), "two");
}

TEST_F(JournalTest, ALineThatWasCutOffIsDropped) {
  llvm::cantFail(open().add("k", "one", Outcome::Slower));
  std::string whole = (*readFile(path, 1 << 20))->getBuffer().str();
  write(whole + whole.substr(0, whole.size() / 2));
  Journal journal = open();
  EXPECT_TRUE(journal.knows("k", "one"));
  llvm::cantFail(journal.add("k", "two", Outcome::Slower));
  EXPECT_TRUE(open().knows("k", "two"));
}

TEST_F(JournalTest, OtherFilesAreErrors) {
  write("{\"kernel\": \"k\"}\n");
  EXPECT_EQ(problem(), path + ":1: this is no line of a journal of attn-tune; delete the file to begin anew");
  write("# a schedule\ntarget x {\n}\n");
  EXPECT_NE(problem().find(":1: this is no line"), std::string::npos);
}
