// Models that were cut, doubled and shuffled: reading them must end, and end in
// a module or in an error.
#include "reading.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <random>

using attune::test::Reading;

namespace {

std::vector<std::string> corpus() {
  std::vector<std::string> files = {MINILM,
                                    STANDARD_LIBRARY "/std/layers.attn",
                                    STANDARD_LIBRARY "/std/attention.attn"};
  std::error_code error;
  for (llvm::sys::fs::recursive_directory_iterator it(CORPUS, error), end;
       it != end && !error; it.increment(error))
    if (llvm::StringRef(it->path()).ends_with(".attn"))
      files.push_back(it->path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const std::string &file : files)
    if (auto buffer = llvm::MemoryBuffer::getFile(file))
      texts.push_back((*buffer)->getBuffer().str());
  return texts;
}

/// Words, numbers and single marks, with the blanks between them.
std::vector<std::string> split(llvm::StringRef text) {
  std::vector<std::string> parts;
  auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; };
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    while (end < text.size() && isWord(text[at]) && isWord(text[end]))
      ++end;
    parts.push_back(text.slice(at, end).str());
    at = end;
  }
  return parts;
}

class Mutator {
public:
  Mutator(const std::vector<std::string> &texts, uint64_t seed)
      : texts(texts), random(seed) {}

  std::string next() {
    std::vector<std::string> parts = split(pick(texts));
    std::vector<std::string> others = split(pick(texts));
    bool grammatical = below(2);
    unsigned changes = 1 + below(6);
    for (unsigned i = 0; i < changes && !parts.empty(); ++i)
      grammatical ? exchange(parts) : change(parts, others);
    std::string text;
    for (const std::string &part : parts)
      text += part;
    return text;
  }

private:
  size_t below(size_t n) { return n ? random() % n : 0; }
  const std::string &pick(const std::vector<std::string> &list) {
    return list[below(list.size())];
  }

  /// Puts another word or number of the same file in place of one, which most
  /// often still parses.
  void exchange(std::vector<std::string> &parts) {
    std::vector<size_t> words;
    for (size_t i = 0; i < parts.size(); ++i)
      if (llvm::isAlnum(parts[i][0]))
        words.push_back(i);
    if (words.empty())
      return;
    size_t to = words[below(words.size())];
    size_t from = words[below(words.size())];
    if (llvm::isDigit(parts[to][0]))
      parts[to] = std::to_string(int64_t(below(12)) - 2);
    else
      parts[to] = parts[from];
  }

  void change(std::vector<std::string> &parts,
              const std::vector<std::string> &others) {
    static const std::vector<std::string> odd = {
        "(",  ")",   "{",   "}",      "[",  "]",
        "..", "...", "0",   "-1",     "1e308", "9223372036854775807",
        "@",  "at",  "\"",  "\"{\"",  ",",  "=",
        "not", "true", "axis", "over", "where", "dim n\n",
        "2147483648", "/ 0", "% 0", "\xff", "#", "\n"};
    size_t at = below(parts.size());
    switch (below(7)) {
    case 0:
      parts.erase(parts.begin() + at);
      break;
    case 1:
      parts.insert(parts.begin() + at, pick(odd));
      break;
    case 2:
      parts[at] = pick(odd);
      break;
    case 3:
      std::swap(parts[at], parts[below(parts.size())]);
      break;
    case 4:
      parts[at] = pick(others);
      break;
    case 5: { // a stretch of another file
      size_t from = below(others.size());
      size_t count = std::min(others.size() - from, 1 + below(40));
      parts.insert(parts.begin() + at, others.begin() + from,
                   others.begin() + from + count);
      break;
    }
    default:
      parts.resize(at);
    }
  }

  const std::vector<std::string> &texts;
  std::mt19937_64 random;
};

TEST(FrontendFuzzTest, EveryTextEndsInAModuleOrAnError) {
  std::vector<std::string> texts = corpus();
  ASSERT_GT(texts.size(), 10u);
  // ATTUNE_FUZZ_SEED and ATTUNE_FUZZ_RUNS widen the search by hand.
  const char *seedText = std::getenv("ATTUNE_FUZZ_SEED");
  const char *runsText = std::getenv("ATTUNE_FUZZ_RUNS");
  uint64_t seed = seedText ? std::strtoull(seedText, nullptr, 10) : 1;
  unsigned runs = runsText ? std::atoi(runsText) : 600;
  for (unsigned run = 0; run < runs; ++run) {
    std::string text = Mutator(texts, seed + run).next();
    SCOPED_TRACE("seed " + std::to_string(seed + run));
    Reading reading(text);
    EXPECT_EQ(!reading.module, !reading.errors.empty()) << reading.errors;
    EXPECT_LT(reading.errors.size(), 200000u);
  }
}

} // namespace
