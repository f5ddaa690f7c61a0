//===- wordpiece.cpp - BERT's uncased WordPiece tokenizer -----------------===//

#include "wordpiece.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <tuple>

using namespace minilm;

namespace {

/// A longer word becomes [UNK] (BERT's max_input_chars_per_word).
constexpr size_t maxWordLength = 100;
/// Far above any published vocabulary; a file past it is something else.
constexpr size_t maxVocabularyBytes = 64 << 20;

/// The category of a character in Unicode 8.0. The published tokenizer froze
/// its tables there (later characters count as unassigned) while its users'
/// ids depend on them, so newer data would be wrong, not better.
int8_t category(char32_t c) {
  if (c < 0x80)
    return u_charType(c);
  switch (c) { // Those that a later version moved to another category.
  case 0x166D:
  case 0x111C9:
    return U_OTHER_PUNCTUATION;
  case 0x1734:
    return U_NON_SPACING_MARK;
  case 0x1885:
  case 0x1886:
    return U_OTHER_LETTER;
  case 0xA9BD:
    return U_COMBINING_SPACING_MARK;
  }
  UVersionInfo age;
  u_charAge(c, age);
  return age[0] <= 8 ? u_charType(c) : int8_t(U_UNASSIGNED);
}

/// Control, format, private use: dropped before anything else looks at them.
bool isDropped(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r')
    return false;
  if (c == 0 || c == 0xFFFD)
    return true;
  switch (category(c)) {
  case U_CONTROL_CHAR:
  case U_FORMAT_CHAR:
  case U_PRIVATE_USE_CHAR:
  case U_SURROGATE:
    return true;
  default:
    return false;
  }
}

bool isSpace(char32_t c) { return u_isUWhiteSpace(c); }

/// BERT's own reading of "CJK": ideographs stand alone, kana and hangul do not.
/// 2B820 to 2B91F is left out as it is in the published tokenizer.
bool isIdeograph(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

bool isAccent(char32_t c) { return category(c) == U_NON_SPACING_MARK; }

bool isPunctuation(char32_t c) {
  // BERT counts every ASCII symbol, such as + and $, as punctuation.
  if (c < 0x80)
    return c > ' ' && c < 0x7F && !u_isalnum(c);
  return U_MASK(category(c)) & U_GC_P_MASK;
}

std::string toUtf8(const char32_t *text, size_t length) {
  std::string out;
  out.reserve(length * 3);
  for (size_t i = 0; i < length; ++i) {
    char bytes[U8_MAX_LENGTH];
    size_t count = 0;
    U8_APPEND_UNSAFE(bytes, count, static_cast<UChar32>(text[i]));
    out.append(bytes, count);
  }
  return out;
}

/// Appends the canonical decomposition of one character.
void decompose(const icu::Normalizer2 &nfd, char32_t c, std::u32string &out) {
  icu::UnicodeString parts;
  if (c < 0x80 || !nfd.getDecomposition(c, parts)) {
    out.push_back(c);
    return;
  }
  for (int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1))
    out.push_back(parts.char32At(i));
}

/// Sorts each run of combining characters by combining class. ICU's own
/// normalizer inserts one by one, which a line of nothing but marks makes
/// quadratic.
void reorderMarks(std::u32string &text) {
  std::vector<std::tuple<uint8_t, size_t, char32_t>> marks;
  for (size_t i = 0; i <= text.size(); ++i) {
    uint8_t order = i < text.size() ? u_getCombiningClass(text[i]) : 0;
    if (order != 0) {
      marks.emplace_back(order, i, text[i]);
      continue;
    }
    if (marks.size() > 1) {
      std::sort(marks.begin(), marks.end());
      for (size_t m = 0; m < marks.size(); ++m)
        text[i - marks.size() + m] = std::get<2>(marks[m]);
    }
    marks.clear();
  }
}

/// Cleaned, ideographs spaced, decomposed, accents stripped, lower case.
std::u32string normalize(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2 *nfd = icu::Normalizer2::getNFDInstance(status);
  std::u32string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    UChar32 c;
    U8_NEXT_OR_FFFD(text.data(), i, text.size(), c);
    if (isDropped(c))
      continue;
    if (isSpace(c)) {
      out.push_back(' ');
    } else if (isIdeograph(c)) {
      out.push_back(' ');
      decompose(*nfd, c, out);
      out.push_back(' ');
    } else {
      decompose(*nfd, c, out);
    }
  }
  reorderMarks(out);
  out.erase(std::remove_if(out.begin(), out.end(), isAccent), out.end());
  for (char32_t &c : out)
    c = u_tolower(c);
  return out;
}

} // namespace

std::optional<WordPiece> WordPiece::load(const std::string &path,
                                         std::string &error) {
  std::ifstream file(path, std::ios::binary);
  std::error_code ignored;
  if (!file || std::filesystem::is_directory(path, ignored)) {
    error = "cannot read the vocabulary '" + path +
            "': " + (file ? "it is a folder" : std::strerror(errno));
    return std::nullopt;
  }
  std::string contents;
  for (char block[65536];
       file.read(block, sizeof block), file.gcount() > 0 &&
                                           contents.size() <= maxVocabularyBytes;)
    contents.append(block, static_cast<size_t>(file.gcount()));
  if (file.bad()) {
    error = "cannot read the vocabulary '" + path + "'";
    return std::nullopt;
  }
  if (contents.empty() || contents.size() > maxVocabularyBytes) {
    error = "'" + path + "' is " +
            (contents.empty() ? "empty" : "too large to be a vocabulary") +
            "; expected a vocab.txt with one token a line";
    return std::nullopt;
  }

  WordPiece tokenizer;
  for (size_t at = 0; at < contents.size();) {
    size_t lineEnd = std::min(contents.find('\n', at), contents.size());
    std::string token = contents.substr(at, lineEnd - at);
    at = lineEnd + 1;
    if (!token.empty() && token.back() == '\r')
      token.pop_back();
    size_t characters = 0;
    for (size_t i = 0; i < token.size(); ++characters) {
      UChar32 c;
      U8_NEXT(token.data(), i, token.size(), c);
      if (c <= 0) {
        error = "'" + path + "', line " +
                std::to_string(tokenizer.tokenCount + 1) +
                ": not UTF-8 text; expected a vocab.txt with one token a line";
        return std::nullopt;
      }
    }
    if (token.compare(0, 2, "##") == 0)
      characters -= 2;
    tokenizer.longestToken = std::max(tokenizer.longestToken, characters);
    // Of two equal lines the later one counts, as in the published tokenizer.
    tokenizer.ids[std::move(token)] =
        static_cast<int32_t>(tokenizer.tokenCount++);
  }

  std::pair<const char *, int32_t *> required[] = {{"[PAD]", &tokenizer.pad},
                                                   {"[UNK]", &tokenizer.unknown},
                                                   {"[CLS]", &tokenizer.start},
                                                   {"[SEP]", &tokenizer.end}};
  for (auto &[name, id] : required) {
    auto found = tokenizer.ids.find(name);
    if (found == tokenizer.ids.end()) {
      error = "the vocabulary '" + path + "' has no token " + name +
              "; expected the vocab.txt of an uncased BERT model";
      return std::nullopt;
    }
    *id = found->second;
    tokenizer.specials.emplace_back(name, *id);
  }
  if (auto mask = tokenizer.ids.find("[MASK]"); mask != tokenizer.ids.end())
    tokenizer.specials.emplace_back(mask->first, mask->second);
  return tokenizer;
}

std::vector<int32_t> WordPiece::encode(std::string_view text,
                                       size_t maxTokens) const {
  size_t limit = maxTokens - 1; // The last place is [SEP]'s.
  std::vector<int32_t> out = {start};
  // No special token begins inside another, so the first '[' that starts one
  // is the leftmost match.
  size_t plain = 0;
  for (size_t at = text.find('['); at != std::string_view::npos;
       at = text.find('[', at)) {
    auto special = std::find_if(
        specials.begin(), specials.end(), [&](const auto &candidate) {
          return text.compare(at, candidate.first.size(), candidate.first) == 0;
        });
    if (special == specials.end()) {
      ++at;
      continue;
    }
    encodePlain(text.substr(plain, at - plain), limit, out);
    if (out.size() >= limit)
      break;
    out.push_back(special->second);
    plain = at += special->first.size();
  }
  encodePlain(text.substr(plain), limit, out);
  out.push_back(end);
  return out;
}

/// Splits at white space and around punctuation, then into word pieces.
void WordPiece::encodePlain(std::string_view text, size_t limit,
                            std::vector<int32_t> &out) const {
  if (out.size() >= limit)
    return;
  std::u32string words = normalize(text);
  for (size_t i = 0; i < words.size() && out.size() < limit;) {
    size_t begin = i++;
    if (isSpace(words[begin]))
      continue;
    if (!isPunctuation(words[begin]))
      while (i < words.size() && !isSpace(words[i]) && !isPunctuation(words[i]))
        ++i;
    encodeWord(words.data() + begin, i - begin, limit, out);
  }
}

/// The longest token that fits, then the longest that fits behind it, …; a
/// word with a part that no token covers is unknown as a whole.
void WordPiece::encodeWord(const char32_t *word, size_t length, size_t limit,
                           std::vector<int32_t> &out) const {
  size_t first = out.size();
  size_t begin = 0;
  while (length <= maxWordLength && begin < length) {
    size_t count = std::min(length - begin, longestToken);
    auto match = ids.end();
    std::string piece = begin ? "##" : "";
    piece += toUtf8(word + begin, count);
    for (; count > 0; --count) {
      match = ids.find(piece);
      if (match != ids.end())
        break;
      piece.resize(piece.size() - U8_LENGTH(word[begin + count - 1]));
    }
    if (match == ids.end())
      break;
    out.push_back(match->second);
    begin += count;
  }
  if (begin < length) {
    out.resize(first);
    out.push_back(unknown);
  }
  // Only here, since what follows the limit decides whether a word is known.
  if (out.size() > limit)
    out.resize(limit);
}
