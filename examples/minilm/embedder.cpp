//===- embedder.cpp - Sentences as token ids to embeddings ----------------===//

#include "embedder.h"

#include <minilm.h> // Written by attnc: declares attn_program_minilm.

#include <algorithm>
#include <numeric>
#include <utility>

using namespace minilm;

namespace {

/// Padding included. Enough to keep every core busy, small enough that the
/// intermediate tensors stay in the caches (a few megabytes each).
constexpr size_t maxTokensOfBatch = 4096;

/// True when the call succeeded; else its reason goes to `message`.
bool succeeded(attn_error *error, std::string &message) {
  if (!error)
    return true;
  message = attn_error_message(error);
  attn_error_free(error);
  return false;
}

} // namespace

std::optional<Embedder> Embedder::open(const std::string &weightsFile,
                                       std::string &error) {
  Embedder embedder;
  const char *file = weightsFile.c_str();
  attn_model *model = nullptr;
  if (!succeeded(attn_model_open(&attn_program_minilm, &file, 1, &model), error))
    return std::nullopt;
  embedder.model.reset(model);
  attn_context *context = nullptr;
  if (!succeeded(attn_context_create(model, "embed", &context), error))
    return std::nullopt;
  embedder.context.reset(context);
  return embedder;
}

bool Embedder::embed(const std::vector<std::vector<int32_t>> &sentences,
                     int32_t padding, std::vector<float> &rows,
                     std::string &error) {
  rows.clear();
  std::vector<size_t> order(sentences.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::make_pair(sentences[a].size(), a) <
           std::make_pair(sentences[b].size(), b);
  });
  for (size_t first = 0; first < order.size();) {
    size_t last = first + 1;
    while (last < order.size() && (last + 1 - first) *
                                          sentences[order[last]].size() <=
                                      maxTokensOfBatch)
      ++last;
    if (!runBatch(sentences, &order[first], last - first, padding, rows, error))
      return false;
    first = last;
  }
  return true;
}

bool Embedder::runBatch(const std::vector<std::vector<int32_t>> &sentences,
                        const size_t *first, size_t count, int32_t padding,
                        std::vector<float> &rows, std::string &error) {
  size_t tokens = sentences[first[count - 1]].size(); // Sorted: the longest.
  std::vector<int32_t> ids(count * tokens, padding);
  std::vector<uint8_t> valid(count * tokens, 0);
  for (size_t row = 0; row < count; ++row) {
    const std::vector<int32_t> &sentence = sentences[first[row]];
    std::copy(sentence.begin(), sentence.end(), &ids[row * tokens]);
    std::fill_n(&valid[row * tokens], sentence.size(), uint8_t(1));
  }

  int64_t sizes[] = {int64_t(count), int64_t(tokens)};
  attn_tensor idsTensor = {ATTN_I32, 2, sizes, ids.data()};
  attn_tensor validTensor = {ATTN_BOOL, 2, sizes, valid.data()};
  attn_tensor result;
  if (!succeeded(attn_bind_input(context.get(), "ids", &idsTensor), error) ||
      !succeeded(attn_bind_input(context.get(), "valid", &validTensor), error) ||
      !succeeded(attn_run(context.get()), error) ||
      !succeeded(attn_output(context.get(), "result", &result), error))
    return false;

  rowWidth = size_t(result.sizes[1]);
  rows.resize(sentences.size() * rowWidth);
  const float *data = static_cast<const float *>(result.data);
  for (size_t row = 0; row < count; ++row)
    std::copy_n(data + row * rowWidth, rowWidth, &rows[first[row] * rowWidth]);
  return true;
}
