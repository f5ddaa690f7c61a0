#include "weights.h"
#include "test_files.h"

#include <cmath>

using namespace attune::runtime;

namespace {

WeightTensor wanted(const std::string &name, attn_type type,
                   const std::vector<int64_t> &sizes) {
  WeightTensor tensor{{name, type, sizes, 1, 0}, std::nullopt};
  for (int64_t size : sizes)
    tensor.elements *= size;
  tensor.bytes = tensor.elements * (type == ATTN_F32 ? 4 : 2);
  return tensor;
}

std::string header(const std::string &name, const std::string &dtype,
                   const std::string &shape, size_t bytes) {
  return "{\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape +
         R"(,"data_offsets":[0,)" + std::to_string(bytes) + "]}}";
}

class WeightsTest : public FileTest {
protected:
  std::string one(const std::string &name, const std::string &dtype,
                  const std::string &shape, size_t bytes) {
    return write("one.safetensors",
                 safetensors(header(name, dtype, shape, bytes), std::string(bytes, '\0')));
  }

  std::string problem(const std::vector<WeightTensor> &tensors,
                      const std::vector<std::string> &paths) {
    Weights weights;
    Error error = loadWeights(tensors, paths, nullptr, 0, weights);
    if (!error)
      return "";
    EXPECT_EQ(error.kind(), ATTN_ERROR_WEIGHTS);
    return error.message();
  }
};

TEST_F(WeightsTest, MapsAlignedTensors) {
  // Spaces behind the header put the data at a multiple of 4.
  std::string text = header("a", "F32", "[2]", 8);
  text.append((8 - text.size() % 8) % 8, ' ');
  std::string file = write("w", safetensors(text, bytesOf<float>({1, 2})));
  Weights weights;
  ASSERT_FALSE(loadWeights({wanted("a", ATTN_F32, {2})}, {file}, nullptr, 0, weights));
  EXPECT_EQ(static_cast<const float *>(weights.data[0])[1], 2);
  EXPECT_TRUE(weights.copies.empty());
  EXPECT_EQ(weights.notes, "");
}

TEST_F(WeightsTest, CopiesUnalignedTensors) {
  std::string text = header("a", "F32", "[2]", 8);
  text.append((8 - text.size() % 8) % 8 + 1, ' ');
  std::string file = write("w", safetensors(text, bytesOf<float>({1, 2})));
  Weights weights;
  ASSERT_FALSE(loadWeights({wanted("a", ATTN_F32, {2})}, {file}, nullptr, 0, weights));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(weights.data[0]) % 4, 0u);
  EXPECT_EQ(static_cast<const float *>(weights.data[0])[1], 2);
}

TEST_F(WeightsTest, Widens) {
  Weights weights;
  std::string half = write("h", safetensors(header("a", "F16", "[2]", 4),
                                            bytesOf<uint16_t>({0x3c00, 0xc000})));
  ASSERT_FALSE(loadWeights({wanted("a", ATTN_F32, {2})}, {half}, nullptr, 0, weights));
  EXPECT_EQ(static_cast<const float *>(weights.data[0])[1], -2);
  std::string bfloat = write("b", safetensors(header("a", "BF16", "[2]", 4),
                                              bytesOf<uint16_t>({0x3f80, 0x3fc0})));
  ASSERT_FALSE(loadWeights({wanted("a", ATTN_F32, {2})}, {bfloat}, nullptr, 0, weights));
  EXPECT_EQ(static_cast<const float *>(weights.data[0])[1], 1.5f);
  // Nothing narrows, and the two do not mix.
  EXPECT_SAYS(problem({wanted("a", ATTN_BF16, {2})}, {half}), "needs bf16 [2]");
}

TEST_F(WeightsTest, WidensForTheCallsThatRead) {
  constexpr size_t count = 1 << 14;
  std::string file = write("w", safetensors(header("a", "BF16", "[16384]", 2 * count),
                                            bytesOf(std::vector<uint16_t>(count, 0x3fc0))));
  WeightTensor tensor = wanted("a", ATTN_F32, {count});
  tensor.preparesOnly = CallRange{1, 2};
  Weights weights;
  ASSERT_FALSE(loadWeights({tensor}, {file}, nullptr, 0, weights));
  auto value = [&] { return static_cast<const float *>(weights.data[0])[count / 2]; };
  weights.beforeCall(1);
  EXPECT_EQ(value(), 1.5f);
  weights.afterCall(1);
  EXPECT_EQ(value(), 1.5f);
  // A page that was given back reads as zeros.
  weights.afterCall(2);
  EXPECT_EQ(value(), 0);
}

TEST_F(WeightsTest, NoneGiven) {
  EXPECT_SAYS(problem({wanted("a", ATTN_F32, {2})}, {}), "--weights=FILE");
  EXPECT_EQ(problem({}, {}), "");
}

TEST_F(WeightsTest, Missing) {
  std::string file = one("bert.encoder.weight", "F32", "[2]", 8);
  EXPECT_EQ(problem({wanted("encoder.weight", ATTN_F32, {2})}, {file}),
            "tensor 'encoder.weight', f32 [2], is not in '" + file +
                "'; the nearest name there is 'bert.encoder.weight'");
  EXPECT_SAYS(problem({wanted("p", ATTN_F32, {2}), wanted("q", ATTN_F32, {2})}, {file}),
              "2 of the model's 2 tensors do not fit");
}

TEST_F(WeightsTest, Shapes) {
  std::string file = one("a", "F32", "[3,2]", 24);
  EXPECT_SAYS(problem({wanted("a", ATTN_F32, {2, 3})}, {file}),
              "tensor 'a' is F32 [3, 2] in '" + file +
                  "', but the model needs f32 [2, 3]: it is transposed");
  EXPECT_SAYS(problem({wanted("a", ATTN_F32, {6})}, {file}), "needs f32 [6]");
  file = one("a", "F32", "[2,3,4]", 96);
  EXPECT_SAYS(problem({wanted("a", ATTN_F32, {3, 2, 4})}, {file}), "axes are in another order");
}

TEST_F(WeightsTest, Types) {
  EXPECT_SAYS(problem({wanted("a", ATTN_F32, {2})}, {one("a", "F64", "[2]", 16)}),
              "is F64 [2]");
  EXPECT_SAYS(problem({wanted("a", ATTN_F32, {2})}, {one("a", "I64", "[2]", 16)}),
              "save it as F32");
  EXPECT_SAYS(problem({wanted("a", ATTN_F32, {2})}, {one("a", "F8_E4M3", "[2]", 2)}),
              "is F8_E4M3 [2]");
}

TEST_F(WeightsTest, SeveralFiles) {
  std::string first = write("1", safetensors(header("a", "F32", "[1]", 4), bytesOf<float>({1})));
  std::string second = write("2", safetensors(header("b", "F32", "[1]", 4), bytesOf<float>({2})));
  Weights weights;
  std::vector<WeightTensor> both = {wanted("b", ATTN_F32, {1}), wanted("a", ATTN_F32, {1})};
  ASSERT_FALSE(loadWeights(both, {first, second}, nullptr, 0, weights));
  EXPECT_EQ(*static_cast<const float *>(weights.data[0]), 2);
  EXPECT_SAYS(problem(both, {first, first}), "tensor 'a' is both in");
  EXPECT_SAYS(problem(both, {first}), "'b'");
}

TEST_F(WeightsTest, EmbeddedComeLast) {
  std::string embedded = safetensors(header("a", "F32", "[1]", 4), bytesOf<float>({1}));
  std::vector<WeightTensor> tensors = {wanted("a", ATTN_F32, {1})};
  Weights weights;
  ASSERT_FALSE(loadWeights(tensors, {}, embedded.data(), embedded.size(), weights));
  EXPECT_EQ(*static_cast<const float *>(weights.data[0]), 1);
  std::string file = write("2", safetensors(header("a", "F32", "[1]", 4), bytesOf<float>({2})));
  ASSERT_FALSE(loadWeights(tensors, {file}, embedded.data(), embedded.size(), weights));
  EXPECT_EQ(*static_cast<const float *>(weights.data[0]), 2);
}

TEST_F(WeightsTest, ExtraTensorsAreOneNote) {
  std::string header = "{";
  for (int i = 0; i < 6; ++i)
    header += (i ? "," : "") + std::string("\"e") + std::to_string(i) +
              R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  std::string file = write("w", safetensors(header + "}", ""));
  Weights weights;
  ASSERT_FALSE(loadWeights({}, {file}, nullptr, 0, weights));
  EXPECT_EQ(weights.notes, "the model does not use 6 tensors of the weights: 'e0', 'e1', "
                           "'e2' and 3 more");
}

TEST_F(WeightsTest, RandomIsReproducible) {
  std::vector<WeightTensor> tensors = {wanted("a", ATTN_F32, {100}), wanted("b", ATTN_F32, {100})};
  Weights one, two, other;
  ASSERT_FALSE(drawWeights(tensors, 1, one));
  ASSERT_FALSE(drawWeights(tensors, 1, two));
  ASSERT_FALSE(drawWeights(tensors, 2, other));
  EXPECT_EQ(std::memcmp(one.data[0], two.data[0], 400), 0);
  EXPECT_NE(std::memcmp(one.data[0], other.data[0], 400), 0);
  EXPECT_NE(std::memcmp(one.data[0], one.data[1], 400), 0);
  for (int i = 0; i < 100; ++i)
    EXPECT_LE(std::fabs(static_cast<const float *>(one.data[0])[i]), 0.05f);
}

} // namespace
