//===- embedder.h - Sentences as token ids to embeddings ------------------===//

#ifndef MINILM_EMBEDDER_H
#define MINILM_EMBEDDER_H

#include <attune.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace minilm {

/// The compiled model with its weights, and one context to run it in.
class Embedder {
public:
  /// On failure returns nothing and the reason in `error`.
  static std::optional<Embedder> open(const std::string &weightsFile,
                                      std::string &error);

  /// Embeds every sentence, given as token ids, and stores the embeddings one
  /// after another, in the sentences' order, in `rows`. Sentences of about the
  /// same length share a batch, filled up with `padding`. On failure returns
  /// false and the reason in `error`.
  bool embed(const std::vector<std::vector<int32_t>> &sentences,
             int32_t padding, std::vector<float> &rows, std::string &error);

  /// Numbers in an embedding; 0 before the first one.
  size_t width() const { return rowWidth; }

private:
  struct Close {
    void operator()(attn_model *model) const { attn_model_close(model); }
    void operator()(attn_context *context) const { attn_context_free(context); }
  };
  Embedder() = default;
  bool runBatch(const std::vector<std::vector<int32_t>> &sentences,
                const size_t *first, size_t count, int32_t padding,
                std::vector<float> &rows, std::string &error);

  std::unique_ptr<attn_model, Close> model;
  std::unique_ptr<attn_context, Close> context; // Freed before the model.
  size_t rowWidth = 0;
};

} // namespace minilm

#endif // MINILM_EMBEDDER_H
