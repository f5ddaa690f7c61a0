#include "binding.h"
#include "message.h"
#include "test_files.h"

using namespace attune::runtime;

namespace {

/// A description of one entry with the inputs' types and sizes (JSON) and size checks.
Entry entryWith(const std::string &symbols, const std::string &inputs,
                const std::string &checks = "[]") {
  Description description;
  Error error = parseDescription(
      R"({"abi":5,"name":"m","target":"t","cpu_features":[],"weights":[],"prepared":[],)"
      R"("prepare":null,"entries":[{"name":"embed","outputs":[],"index_checks":[],)"
      R"("temporaries":[],"calls":[],"sizes":)" + symbols + R"(,"inputs":)" + inputs +
      R"(,"size_checks":)" + checks + "}]}", description);
  EXPECT_FALSE(error) << error.message();
  return description.entries.at(0);
}

Entry embed() {
  return entryWith(R"(["batch","tokens"])",
                   R"([{"name":"ids","type":"i32","sizes":["batch","tokens"]},)"
                   R"({"name":"valid","type":"bool","sizes":["batch","tokens"]}])",
                   R"([{"size":"tokens","at_most":512,"message":"the position table"}])");
}

std::string inputProblem(const Entry &entry, attn_type type,
                         const std::vector<int64_t> &sizes, size_t index = 0) {
  alignas(8) static const char data[8] = {};
  Error error = checkInput(entry, index, {type, int32_t(sizes.size()), sizes.data(), data});
  return error ? error.message() : "";
}

std::string sizesProblem(const Entry &entry,
                         const std::vector<std::vector<int64_t>> &shapes) {
  std::vector<int64_t> symbols;
  Error error = bindSizes(entry, shapes, 0, symbols);
  return error ? error.message() : "";
}

TEST(Binding, UnknownNames) {
  Entry entry = embed();
  size_t index;
  EXPECT_FALSE(findInput(entry, "valid", index));
  EXPECT_EQ(index, 1u);
  EXPECT_SAYS(findInput(entry, "idss", index).message(), "did you mean 'ids'?");
  EXPECT_SAYS(findInput(entry, "IDS", index).message(), "did you mean 'ids'?");
  EXPECT_SAYS(findInput(entry, "mask", index).message(), "it has 'ids' and 'valid'");
}

TEST(Binding, TypesAndRanks) {
  Entry entry = embed();
  EXPECT_EQ(inputProblem(entry, ATTN_I32, {1, 12}), "");
  EXPECT_EQ(inputProblem(entry, ATTN_I64, {1, 12}),
            "input 'ids' is i64 [1, 12], but 'embed' takes i32 [batch, tokens]; in NumPy: "
            "x.astype(numpy.int32)");
  EXPECT_SAYS(inputProblem(entry, ATTN_U8, {1, 12}, 1), "x.astype(bool)");
  EXPECT_SAYS(inputProblem(entry, ATTN_I32, {12}), "its rank is 1, not 2");
  EXPECT_SAYS(inputProblem(entry, ATTN_I32, {}), "its rank is 0, not 2");
  EXPECT_SAYS(inputProblem(entry, attn_type(77), {1, 12}), "unknown type number 77");
}

TEST(Binding, Sizes) {
  Entry entry = embed();
  EXPECT_SAYS(inputProblem(entry, ATTN_I32, {1, -5}), "has a negative size");
  EXPECT_SAYS(inputProblem(entry, ATTN_I32, {65536, 32768}), "less than 2^31 elements");
  EXPECT_SAYS(inputProblem(entry, ATTN_I32, {INT64_MAX, INT64_MAX}), "too large");
  Entry fixed = entryWith(R"(["n"])", R"([{"name":"x","type":"f32","sizes":["n",4]}])");
  EXPECT_SAYS(inputProblem(fixed, ATTN_F32, {2, 5}), "is f32 [2, 5], but 'embed' takes f32 [n, 4]");
}

TEST(Binding, DataIsChecked) {
  Entry entry = embed();
  int64_t sizes[] = {1, 1};
  Error error = checkInput(entry, 0, {ATTN_I32, 2, sizes, nullptr});
  EXPECT_SAYS(error.message(), "has no data");
  error = checkInput(entry, 0, {ATTN_I32, 2, sizes, reinterpret_cast<void *>(0x1001)});
  EXPECT_SAYS(error.message(), "address");
  error = checkInput(entry, 0, {ATTN_I32, -1, sizes, sizes});
  EXPECT_SAYS(error.message(), "negative rank");
  error = checkInput(entry, 0, {ATTN_I32, 2, nullptr, sizes});
  EXPECT_SAYS(error.message(), "no sizes");
}

TEST(Binding, InputsMustAgree) {
  Entry entry = embed();
  EXPECT_EQ(sizesProblem(entry, {{2, 12}, {2, 12}}), "");
  EXPECT_EQ(sizesProblem(entry, {{2, 12}, {2, 13}}),
            "'tokens' is 12 in ids but 13 in valid");
}

TEST(Binding, Limits) {
  Entry entry = embed();
  EXPECT_EQ(sizesProblem(entry, {{2, 512}, {2, 512}}), "");
  EXPECT_EQ(sizesProblem(entry, {{2, 513}, {2, 513}}),
            "'tokens' is 513 in ids, more than 512: the position table");
}

TEST(Binding, Expressions) {
  Entry entry = entryWith(R"(["q","k"])",
                          R"([{"name":"r","type":"f32","sizes":[["add","q","k"]]},)"
                          R"({"name":"x","type":"f32","sizes":["q"]}])");
  std::vector<int64_t> symbols;
  ASSERT_FALSE(bindSizes(entry, {{7}, {3}}, 0, symbols));
  EXPECT_EQ(symbols, (std::vector<int64_t>{3, 4}));
  EXPECT_SAYS(sizesProblem(entry, {{2}, {3}}), "no size 'k' makes the inputs agree");

  Entry twice = entryWith(R"(["n"])", R"([{"name":"x","type":"f32","sizes":[["mul","n",2]]}])");
  ASSERT_FALSE(bindSizes(twice, {{8}}, 0, symbols));
  EXPECT_EQ(symbols, std::vector<int64_t>{4});
  EXPECT_SAYS(sizesProblem(twice, {{7}}), "no size 'n' makes the inputs agree: 'x' is [7]");

  Entry both = entryWith(R"(["n"])", R"([{"name":"x","type":"f32","sizes":["n",["mul","n",2]]}])");
  EXPECT_EQ(sizesProblem(both, {{3, 6}}), "");
  EXPECT_EQ(sizesProblem(both, {{3, 7}}),
            "axis 1 of input 'x' is 7, but n * 2 is 6 with n = 3");

  Entry overflow = entryWith(R"(["n"])", R"([{"name":"x","type":"f32","sizes":["n"]}])",
      R"([{"size":["mul",["mul","n",9223372036854775807],4],"at_most":5,"message":"m"}])");
  EXPECT_SAYS(sizesProblem(overflow, {{3}}), "cannot be computed");
}

// The seed's size is 0 or 2, where an input's is at least 1, and messages about
// inputs do not speak of it.
TEST(Binding, SeedGivesItsOwnSize) {
  Entry entry = entryWith(R"(["n","seeds"],"seed":"seeds")",
                          R"([{"name":"x","type":"f32","sizes":["n",["mul","n",2]]}])",
                          R"([{"size":"seeds","at_most":1,"message":"one word"}])");
  std::vector<int64_t> symbols;
  ASSERT_FALSE(bindSizes(entry, {{3, 6}}, 0, symbols));
  EXPECT_EQ(symbols, (std::vector<int64_t>{3, 0}));
  EXPECT_SAYS(bindSizes(entry, {{3, 6}}, 2, symbols).message(),
              "'seeds' is 2 in the seed, more than 1: one word");
  EXPECT_EQ(sizesProblem(entry, {{3, 7}}),
            "axis 1 of input 'x' is 7, but n * 2 is 6 with n = 3");
}

TEST(Message, ClosestName) {
  std::vector<std::string_view> names = {"encoder.layer.0.weight", "pooler.bias", "x"};
  EXPECT_EQ(closestName("bert.encoder.layer.0.weight", names), names[0]);
  EXPECT_EQ(closestName("layer.0.weight", names), names[0]);
  EXPECT_EQ(closestName("pooler.bais", names), "pooler.bias");
  EXPECT_EQ(closestName("y", names), "");
  EXPECT_EQ(closestName(std::string(1000, 'a'), names), "");
}

TEST(Message, Quote) {
  EXPECT_EQ(quote("a\nb\x7f\xff"), "'a\\x0ab\\x7f\\xff'");
  EXPECT_EQ(quote("größe"), "'größe'");
  EXPECT_EQ(bytesText(999), "999 bytes");
  EXPECT_EQ(bytesText(1500), "1.5 kB");
  EXPECT_EQ(bytesText(UINT64_MAX), "18.4 EB");
}

} // namespace
