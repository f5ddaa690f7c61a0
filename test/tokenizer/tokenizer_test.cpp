// The tokenizer of examples/minilm against the published one: golden.jsonl and
// codepoints.json (see make_golden.py), with the published vocabulary.

#include "examples/minilm/wordpiece.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unicode/utf8.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using minilm::WordPiece;
using Ids = std::vector<int32_t>;

namespace {

constexpr size_t maxTokens = 256;

std::string utf8(uint32_t c) {
  char bytes[U8_MAX_LENGTH];
  size_t count = 0;
  U8_APPEND_UNSAFE(bytes, count, c);
  return std::string(bytes, count);
}

std::string fromHex(const std::string &hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

class Tokenizer : public testing::Test {
protected:
  void SetUp() override {
    std::string error;
    tokenizer = WordPiece::load(TEST_VOCABULARY, error);
    ASSERT_TRUE(tokenizer) << error << "; scripts/install fetches it";
  }
  std::optional<WordPiece> tokenizer;
};

TEST_F(Tokenizer, MatchesThePublishedOneOnGeneratedLines) {
  std::ifstream file(TEST_GOLDEN_FOLDER "/golden.jsonl");
  ASSERT_TRUE(file);
  size_t lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    auto golden = nlohmann::json::parse(line);
    std::string text = golden.contains("bytes")
                           ? fromHex(golden["bytes"].get<std::string>())
                           : golden["text"].get<std::string>();
    EXPECT_EQ(tokenizer->encode(text, maxTokens), golden["ids"].get<Ids>())
        << "line " << lines + 1 << ": " << line;
  }
  EXPECT_GE(lines, 3000u);
}

TEST_F(Tokenizer, MatchesThePublishedOneOnEveryCodePoint) {
  std::ifstream file(TEST_GOLDEN_FOLDER "/codepoints.json");
  auto golden = nlohmann::json::parse(file).get<std::vector<uint32_t>>();
  ASSERT_EQ(golden.size(), 0x110u);
  for (uint32_t block = 0; block < 0x110; ++block) {
    uint32_t sum = 2166136261u;
    for (uint32_t c = block * 0x1000; c < (block + 1) * 0x1000; ++c) {
      if (c >= 0xD800 && c <= 0xDFFF)
        continue;
      for (int32_t id : tokenizer->encode("a" + utf8(c) + "b", maxTokens))
        sum = (sum ^ static_cast<uint32_t>(id)) * 16777619u;
    }
    EXPECT_EQ(sum, golden[block]) << "in block " << std::hex << block * 0x1000;
  }
}

TEST_F(Tokenizer, TruncatesToWhatIsAskedFor) {
  EXPECT_EQ(tokenizer->encode("one two three", 2), (Ids{101, 102}));
  EXPECT_EQ(tokenizer->encode("one two three", 4), (Ids{101, 2028, 2048, 102}));
  EXPECT_EQ(tokenizer->encode("one [SEP] three", 3), (Ids{101, 2028, 102}));
}

// Lines that make a careless implementation quadratic.
TEST_F(Tokenizer, TakesLinearTime) {
  const size_t count = 400000;
  std::string marks, brackets(count, '['), word(count, 'q'), open;
  for (size_t i = 0; i < count / 2; ++i) {
    marks += utf8(i % 2 ? 0x302E : 0x1D165);
    open += "[MASK";
  }
  auto begin = std::chrono::steady_clock::now();
  for (const std::string &text : {marks, brackets, word, open})
    EXPECT_LE(tokenizer->encode(text, maxTokens).size(), maxTokens);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

class Vocabulary : public testing::Test {
protected:
  void SetUp() override {
    char name[] = "/tmp/attune-vocabulary-XXXXXX";
    int file = mkstemp(name);
    ASSERT_GE(file, 0);
    close(file);
    path = name;
  }
  void TearDown() override { std::filesystem::remove(path); }
  void write(const std::string &contents) { std::ofstream(path) << contents; }
  std::string loadError() {
    std::string error;
    EXPECT_FALSE(WordPiece::load(path, error));
    return error;
  }
  std::string path;
};

TEST_F(Vocabulary, SaysWhatIsWrong) {
  EXPECT_NE(loadError().find("is empty"), std::string::npos);
  write("[PAD]\n[UNK]\n[CLS]\nhello\n");
  EXPECT_NE(loadError().find("has no token [SEP]"), std::string::npos);
  write("[PAD]\n[UNK]\n[CLS]\n[SEP]\n\xC3\x28\n");
  EXPECT_NE(loadError().find("line 5: not UTF-8 text"), std::string::npos);
  write(std::string("[PAD]\0\n", 7));
  EXPECT_NE(loadError().find("line 1: not UTF-8 text"), std::string::npos);
  std::filesystem::resize_file(path, 1 << 30); // Sparse: takes no room.
  EXPECT_NE(loadError().find("too large"), std::string::npos);
  std::filesystem::remove(path);
  EXPECT_NE(loadError().find("No such file"), std::string::npos);
  path = "/";
  EXPECT_NE(loadError().find("cannot read"), std::string::npos);
  path.clear();
}

TEST_F(Vocabulary, TakesSmallOnesWithAnyLineEnds) {
  write("[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\nun\r\n##able\r\n!");
  std::string error;
  auto tokenizer = WordPiece::load(path, error);
  ASSERT_TRUE(tokenizer) << error;
  EXPECT_EQ(tokenizer->size(), 7u);
  EXPECT_EQ(tokenizer->encode("Unable! able [MASK]", 16),
            (Ids{2, 4, 5, 6, 1, 1, 1, 1, 3}));
}

} // namespace
