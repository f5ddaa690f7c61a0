#include "half.h"
#include "npy.h"
#include "test_files.h"

#include <cmath>

using namespace attune::runtime;

namespace {

class Npy : public FileTest {
protected:
  std::string problem(const std::string &content) {
    Array array;
    Error error = readNpy(write("x.npy", content), array);
    if (!error)
      return "";
    EXPECT_EQ(error.kind(), ATTN_ERROR_FILE);
    EXPECT_SAYS(error.message(), "x.npy");
    return error.message();
  }

  void expectRoundTrip(attn_type type, const std::vector<int64_t> &sizes,
                       const std::string &data) {
    FILE *file = std::fopen(path("r.npy").c_str(), "wb");
    attn_tensor tensor{type, int32_t(sizes.size()), sizes.data(), data.data()};
    EXPECT_FALSE(writeNpy(file, "r.npy", tensor));
    std::fclose(file);
    Array array;
    ASSERT_FALSE(readNpy(path("r.npy"), array));
    EXPECT_EQ(array.type, type);
    EXPECT_EQ(array.sizes, sizes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(array.data) % 64, 0u);
    EXPECT_EQ(std::memcmp(array.data, data.data(), data.size()), 0);
  }
};

std::string header(const std::string &descr, const std::string &order,
                   const std::string &shape) {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " +
         shape + ", }\n";
}

TEST_F(Npy, RoundTrip) {
  expectRoundTrip(ATTN_F32, {2, 3}, std::string(24, 'x'));
  expectRoundTrip(ATTN_I32, {5}, std::string(20, 'x'));
  expectRoundTrip(ATTN_I8, {}, "x");
  expectRoundTrip(ATTN_BOOL, {1, 1, 4}, std::string(4, '\1'));
  expectRoundTrip(ATTN_F16, {3}, "abcdef");
  expectRoundTrip(ATTN_I64, {1}, "abcdefgh");
  expectRoundTrip(ATTN_F32, {0, 3}, "");
}

TEST_F(Npy, BfloatIsWrittenAsFloat) {
  std::vector<uint16_t> values(1500, floatToBfloat(-1.5f));
  int64_t size = 1500;
  FILE *file = std::fopen(path("b.npy").c_str(), "wb");
  EXPECT_FALSE(writeNpy(file, "b.npy", {ATTN_BF16, 1, &size, values.data()}));
  std::fclose(file);
  Array array;
  ASSERT_FALSE(readNpy(path("b.npy"), array));
  EXPECT_EQ(array.type, ATTN_F32);
  EXPECT_EQ(array.elements, 1500);
  EXPECT_EQ(elementAt(array.tensor(), 1499), -1.5);
}

TEST_F(Npy, ReadsVersionsAndSpellings) {
  std::string text = header("<f4", "False", "(2,)"), data(8, 'x');
  EXPECT_EQ(problem(npy(text, data)), "");
  for (char version : {2, 3})
    EXPECT_EQ(problem(std::string("\x93NUMPY") + version + '\0' +
                      littleEndian64(text.size()).substr(0, 4) + text + data), "");
  EXPECT_EQ(problem(npy("{\"shape\":(2),\"descr\":\"f4\",\"fortran_order\":False}", data)), "");
  EXPECT_EQ(problem(npy(header("|b1", "False", "(2, 4)"), data)), "");
  EXPECT_EQ(problem(npy(header("<V2", "False", "(2, 2)"), data)), "");
}

TEST_F(Npy, UnalignedDataIsCopied) {
  Array array;
  ASSERT_FALSE(readNpy(write("x.npy", npy(header("<f4", "False", "(1,)") + " ",
                                          bytesOf<float>({2.5f}))), array));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(array.data) % 4, 0u);
  EXPECT_EQ(elementAt(array.tensor(), 0), 2.5);
}

TEST_F(Npy, AbsentOrEmpty) {
  Array array;
  Error error = readNpy(path("none.npy"), array);
  ASSERT_TRUE(error);
  EXPECT_SAYS(error.message(), "No such file");
  EXPECT_SAYS(problem(""), "it is empty");
  EXPECT_SAYS(problem("hello, world"), "no .npy file");
  EXPECT_SAYS(problem("PK\x03\x04stuff"), ".npz");
}

TEST_F(Npy, EveryTruncationIsAnError) {
  std::string whole = npy(header("<f4", "False", "(2,)"), "12345678");
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(problem(whole.substr(0, length)), "") << length;
  EXPECT_SAYS(problem(whole.substr(0, whole.size() - 1)), "truncated");
  EXPECT_SAYS(problem(whole + "9"), "damaged");
}

TEST_F(Npy, FortranOrder) {
  EXPECT_SAYS(problem(npy(header("<f4", "True", "(1, 2)"), "12345678")),
              "Fortran order: save numpy.ascontiguousarray(x)");
}

TEST_F(Npy, BigEndian) {
  EXPECT_SAYS(problem(npy(header(">f4", "False", "(2,)"), "12345678")),
              "big-endian (>f4): save x.astype('<f4')");
}

TEST_F(Npy, Dtypes) {
  EXPECT_SAYS(problem(npy(header("<c8", "False", "(1,)"), "12345678")), "'<c8' is not supported");
  EXPECT_SAYS(problem(npy(header("|O", "False", "(1,)"), "12345678")), "not supported");
  EXPECT_SAYS(problem(npy(header("<U5", "False", "(1,)"), "12345678")), "not supported");
  EXPECT_SAYS(problem(npy("{'descr': [('x','<f4')], 'fortran_order': False, 'shape': (1,)}", "1234")), "records");
  EXPECT_NE(problem(npy(header("", "False", "(1,)"), "1234")), "");
}

TEST_F(Npy, Headers) {
  auto damaged = [&](const std::string &text) { return problem(npy(text, "1234")); };
  EXPECT_SAYS(damaged("[]"), "no dictionary");
  EXPECT_SAYS(damaged("{}"), "no descr");
  EXPECT_SAYS(damaged("{'descr':'<f4','shape':(1,)}"), "no fortran_order");
  EXPECT_SAYS(damaged("{'descr':'<f4','fortran_order':False}"), "no shape");
  EXPECT_SAYS(damaged("{'descr':'<f4','fortran_order':0,'shape':(1,)}"), "neither True nor False");
  EXPECT_SAYS(damaged("{'descr':'<f4','fortran_order':False,'shape':1}"), "no tuple");
  EXPECT_SAYS(damaged("{'descr':'<f4','fortran_order':False,'shape':(-1,)}"), "negative");
  EXPECT_SAYS(damaged("{'descr':'<f4','fortran_order':False,'shape':(1"), "damaged");
  EXPECT_SAYS(damaged("{'descr':'<f4"), "dtype");
  EXPECT_SAYS(damaged("{'x':'<f4'}"), "unknown key 'x'");
  EXPECT_SAYS(damaged("{'descr':'<f4','descr':'<f4'}"), "two keys");
  EXPECT_SAYS(damaged(header("<f4", "False", "(1,)") + "x"), "damaged");
  EXPECT_SAYS(damaged(header("<f4", "False", "(99999999999999999999,)")), "past 64 bits");
  EXPECT_SAYS(damaged(header("<f4", "False", "(4294967296, 4294967296)")), "too large");
  EXPECT_SAYS(damaged(header("<f4", "False", "(4611686018427387904,)")), "too large");
  std::string many = "(";
  for (int i = 0; i < 100; ++i)
    many += "1,";
  EXPECT_SAYS(damaged(header("<f4", "False", many + ")")), "more than 64 sizes");
  EXPECT_SAYS(problem("\x93NUMPY\x09" + std::string(20, 'x')), "unknown .npy version 9");
  EXPECT_SAYS(problem(std::string("\x93NUMPY\x02\0\xff\xff\xff\xff{", 13)), "ends inside its header");
}

TEST_F(Npy, SingleByteChanges) {
  std::string whole = npy(header("<f4", "False", "(2,)"), "12345678");
  for (size_t i = 0; i < whole.size(); ++i)
    for (int value = 0; value < 256; value += 5) {
      std::string changed = whole;
      changed[i] = static_cast<char>(value);
      Array array;
      (void)readNpy("x", changed.data(), changed.size(), array);
    }
}

TEST(Half, WidensAndRounds) {
  EXPECT_EQ(halfToFloat(0x3c00), 1.0f);
  EXPECT_EQ(halfToFloat(0xc000), -2.0f);
  EXPECT_EQ(halfToFloat(0x0001), 0x1p-24f);
  EXPECT_EQ(halfToFloat(0x7bff), 65504.0f);
  EXPECT_TRUE(std::isinf(halfToFloat(0x7c00)));
  EXPECT_TRUE(std::isnan(halfToFloat(0x7e01)));
  EXPECT_TRUE(std::signbit(halfToFloat(0x8000)));
  EXPECT_EQ(bfloatToFloat(0x3fc0), 1.5f);
  // Every value of 16 bits comes back from f32, and a value between two goes to the even.
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    uint16_t value = static_cast<uint16_t>(bits);
    if (!std::isnan(halfToFloat(value)))
      ASSERT_EQ(floatToHalf(halfToFloat(value)), value);
    if (!std::isnan(bfloatToFloat(value)))
      ASSERT_EQ(floatToBfloat(bfloatToFloat(value)), value);
  }
  EXPECT_EQ(floatToHalf(1 + 0x1p-11f), 0x3c00);
  EXPECT_EQ(floatToHalf(1 + 0x3p-11f), 0x3c02);
  EXPECT_EQ(floatToHalf(1e30f), 0x7c00);
  EXPECT_EQ(floatToHalf(65519.0f), 0x7bff);
  EXPECT_TRUE(std::isnan(halfToFloat(floatToHalf(NAN))));
  EXPECT_TRUE(std::isnan(bfloatToFloat(floatToBfloat(NAN))));
}

} // namespace
