//===- wordpiece.h - BERT's uncased WordPiece tokenizer -------------------===//
//
// Turns a line of text into the token ids that the published uncased BERT
// models were trained on (Devlin et al., 2019, arXiv:1810.04805). Unicode
// decomposition and categories come from ICU.
//
//===----------------------------------------------------------------------===//

#ifndef MINILM_WORDPIECE_H
#define MINILM_WORDPIECE_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace minilm {

class WordPiece {
public:
  /// Reads a vocabulary: one token a line, the first has id 0. On failure
  /// returns nothing and says why, and what to do, in `error`.
  static std::optional<WordPiece> load(const std::string &path,
                                       std::string &error);

  /// The ids of `text` between [CLS] and [SEP], at most `maxTokens` (>= 2) of
  /// them. Bytes that are no UTF-8 are left out, like control characters.
  std::vector<int32_t> encode(std::string_view text, size_t maxTokens) const;

  int32_t padding() const { return pad; }
  size_t size() const { return tokenCount; }

private:
  WordPiece() = default;
  void encodePlain(std::string_view text, size_t limit,
                   std::vector<int32_t> &ids) const;
  void encodeWord(const char32_t *word, size_t length, size_t limit,
                  std::vector<int32_t> &ids) const;

  std::unordered_map<std::string, int32_t> ids;
  /// Tokens that stand for themselves when a text spells them, as [MASK] does.
  std::vector<std::pair<std::string, int32_t>> specials;
  size_t tokenCount = 0;
  size_t longestToken = 0; ///< In characters, without a leading ##.
  int32_t pad = 0, unknown = 0, start = 0, end = 0;
};

} // namespace minilm

#endif // MINILM_WORDPIECE_H
