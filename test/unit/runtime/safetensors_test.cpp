#include "safetensors.h"
#include "safetensors_header.h"
#include "test_files.h"

using namespace attune::runtime;

namespace {

class Safetensors : public FileTest {
protected:
  std::string problem(const std::string &content) {
    SafetensorsFile file;
    Error error = SafetensorsFile::open(write("w.safetensors", content), file);
    if (!error)
      return "";
    EXPECT_EQ(error.kind(), ATTN_ERROR_WEIGHTS);
    EXPECT_SAYS(error.message(), "w.safetensors");
    EXPECT_TRUE(file.tensors().empty());
    return error.message();
  }
  std::string problem(const std::string &header, const std::string &data) {
    return problem(safetensors(header, data));
  }
};

const std::string two = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                        R"("b":{"dtype":"I64","shape":[],"data_offsets":[8,16]}})";

TEST_F(Safetensors, ReadsTensors) {
  std::string data = bytesOf<float>({1.5f, -2}) + bytesOf<int64_t>({7});
  SafetensorsFile file;
  ASSERT_FALSE(
      SafetensorsFile::open(write("w.safetensors", safetensors(two, data)), file));
  ASSERT_EQ(file.tensors().size(), 2u);
  const SafeTensor *a = file.find("a");
  ASSERT_TRUE(a);
  EXPECT_EQ(a->type, ATTN_F32);
  EXPECT_EQ(a->sizes, std::vector<int64_t>{2});
  float value;
  std::memcpy(&value, a->data + 4, 4);
  EXPECT_EQ(value, -2);
  EXPECT_EQ(file.find("b")->type, ATTN_I64);
  EXPECT_FALSE(file.find("c"));
}

TEST_F(Safetensors, ReadsMetadataPaddingAndUnknownMembers) {
  EXPECT_EQ(problem(R"({"__metadata__":{"format":"pt","x":"y"},"a":{"dtype":"U8","note":{"deep":[1,{"x":null}]},)"
                    R"("shape":[1,3],"data_offsets":[0,3]}}   )", "abc"), "");
  EXPECT_EQ(problem("{}", ""), "");
  EXPECT_EQ(problem(R"({"a":{"dtype":"F32","shape":[0,9223372036854775807,5],"data_offsets":[0,0]}})", ""), "");
}

TEST_F(Safetensors, Absent) {
  SafetensorsFile file;
  Error error = SafetensorsFile::open(path("none"), file);
  ASSERT_TRUE(error);
  EXPECT_SAYS(error.message(), "No such file");
  error = SafetensorsFile::open(folder, file);
  ASSERT_TRUE(error);
  EXPECT_SAYS(error.message(), "a directory");
  error = SafetensorsFile::open("/dev/null", file);
  ASSERT_TRUE(error);
  EXPECT_SAYS(error.message(), "not a regular file");
}

TEST_F(Safetensors, EmptyOrShort) {
  EXPECT_SAYS(problem(""), "it is empty");
  EXPECT_SAYS(problem("abc"), "only 3 bytes");
}

TEST_F(Safetensors, EveryTruncationIsAnError) {
  std::string whole = safetensors(two, std::string(16, 'x'));
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(problem(whole.substr(0, length)), "") << length;
  EXPECT_EQ(problem(whole), "");
}

TEST_F(Safetensors, HeaderLength) {
  EXPECT_SAYS(problem(littleEndian64(200) + "{}"), "the file ends after 2");
  EXPECT_SAYS(problem(littleEndian64(UINT64_MAX) + "{}"), "no safetensors file");
  EXPECT_SAYS(problem(littleEndian64(UINT64_MAX - 7) + "{}"), "no safetensors file");
  EXPECT_SAYS(problem(littleEndian64(0)), "does not start with '{'");
}

TEST_F(Safetensors, OtherFormats) {
  EXPECT_SAYS(problem("PK\x03\x04 and more bytes"), "archive");
  EXPECT_SAYS(problem("version https://git-lfs.github.com/spec/v1"), "git lfs pull");
  EXPECT_SAYS(problem(std::string("GGUF\3\0\0\0\0\0\0\0", 12)), "GGUF");
}

TEST_F(Safetensors, NotJson) {
  EXPECT_SAYS(problem("{", ""), "not JSON");
  EXPECT_SAYS(problem("{\"a\" 1}", ""), "not JSON");
  EXPECT_SAYS(problem("{\"a\":\xff\xfe}", ""), "not JSON");
  EXPECT_SAYS(problem("{\"\xff\":1}", ""), "not JSON");
  EXPECT_SAYS(problem("{} {}", ""), "not JSON");
  EXPECT_SAYS(problem("[]", ""), "does not start");
}

TEST_F(Safetensors, DeepNestingEndsEarly) {
  std::string deep(1000000, '[');
  EXPECT_SAYS(problem("{\"a\":" + deep, ""), "a list where an object must be");
  EXPECT_SAYS(problem("{\"a\":{\"x\":" + deep, ""), "nested too deeply");
  EXPECT_SAYS(problem("{\"__metadata__\":{\"x\":" + deep, ""), "only texts");
  std::string objects;
  for (int i = 0; i < 100000; ++i)
    objects += "{\"a\":";
  EXPECT_NE(problem(objects, ""), "");
}

TEST_F(Safetensors, WrongMembers) {
  EXPECT_SAYS(problem(R"({"a":5})", ""), "a number where an object must be");
  EXPECT_SAYS(problem(R"({"a":{}})", ""), "tensor 'a' has no dtype");
  EXPECT_SAYS(problem(R"({"a":{"dtype":"F32"}})", ""), "has no shape");
  EXPECT_SAYS(problem(R"({"a":{"dtype":"F32","shape":[]}})", ""), "has no data_offsets");
  EXPECT_SAYS(problem(R"({"a":{"dtype":4}})", ""), "where the dtype must be");
  EXPECT_SAYS(problem(R"({"a":{"shape":{}}})", ""), "where the shape's integers");
  EXPECT_SAYS(problem(R"({"a":{"shape":["x"]}})", ""), "where the shape's integers");
  EXPECT_SAYS(problem(R"({"a":{"shape":[1.5]}})", ""), "a fraction");
  EXPECT_SAYS(problem(R"({"a":{"shape":[-1]}})", ""), "a negative number");
  EXPECT_SAYS(problem(R"({"a":{"shape":[18446744073709551615]}})", ""), "past 64 bits");
  EXPECT_SAYS(problem(R"({"a":{"shape":[99999999999999999999999]}})", ""), "past 64 bits");
  EXPECT_SAYS(problem(R"({"a":{"data_offsets":[0]}})", ""), "less than 2");
  EXPECT_SAYS(problem(R"({"a":{"data_offsets":[0,1,2]}})", ""), "more than 2");
  EXPECT_SAYS(problem(R"({"a":{"dtype":"F32","dtype":"F32"}})", ""), "two members 'dtype'");
  EXPECT_SAYS(problem(R"({"__metadata__":[]})", ""), "__metadata__");
}

std::string one(const std::string &dtype, const std::string &shape,
                const std::string &offsets) {
  return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape +
         R"(,"data_offsets":)" + offsets + "}}";
}

TEST_F(Safetensors, Offsets) {
  EXPECT_SAYS(problem(one("F32", "[2]", "[0,8]"), "1234"), "truncated");
  EXPECT_SAYS(problem(one("F32", "[2]", "[8,0]"), "12345678"), "before it begins");
  EXPECT_SAYS(problem(one("F32", "[2]", "[18446744073709551608,18446744073709551615]"), "12345678"), "truncated");
  EXPECT_SAYS(problem(one("F32", "[2]", "[4,12]"), "123456789012"), "belong to no tensor");
  EXPECT_SAYS(problem(one("F32", "[2]", "[0,8]"), "1234567890"), "2 bytes after its last tensor");
}

TEST_F(Safetensors, Lengths) {
  EXPECT_SAYS(problem(one("F32", "[3]", "[0,8]"), "12345678"), "needs 12 bytes, but its data_offsets hold 8");
  EXPECT_SAYS(problem(one("F32", "[4294967296,4294967296]", "[0,8]"), "12345678"), "too large");
  EXPECT_SAYS(problem(one("F32", "[2305843009213693952,2]", "[0,0]"), ""), "too large");
  EXPECT_SAYS(problem(one("Q9", "[2]", "[0,8]"), "12345678"), "unknown dtype 'Q9'");
  EXPECT_EQ(problem(one("F8_E4M3", "[8]", "[0,8]"), "12345678"), "");
  EXPECT_EQ(problem(one("F4", "[4,4]", "[0,8]"), "12345678"), "");
  EXPECT_NE(problem(one("F4", "[3]", "[0,1]"), "1"), "");
}

TEST_F(Safetensors, Overlap) {
  EXPECT_SAYS(problem(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                      R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})", "123456"),
              "tensors 'a' and 'b' overlap");
  EXPECT_SAYS(problem(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                      R"("b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", "1234"),
              "overlap");
}

TEST_F(Safetensors, DuplicateNames) {
  EXPECT_SAYS(problem(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                      R"("a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", "12"),
              "tensor 'a' is there twice");
  EXPECT_SAYS(problem(R"({"__metadata__":{},"__metadata__":{}})", ""), "twice");
}

TEST_F(Safetensors, NamesAreMadeSafeToPrint) {
  std::string message = problem(one("F32", "[2]", "[0,9]"), "1");
  EXPECT_SAYS(message, "'a'");
  message = problem("{\"a\\u001b[31m\\u0000\":5}", "");
  EXPECT_SAYS(message, "'a\\x1b[31m\\x00'");
  message = problem("{\"" + std::string(100000, 'x') + "\":5}", "");
  EXPECT_LT(message.size(), 1000u);
}

// Every byte of a good file changed in a few ways: an answer, whatever it is.
TEST_F(Safetensors, SingleByteChanges) {
  std::string whole = safetensors(two, std::string(16, 'x'));
  for (size_t i = 0; i < whole.size(); ++i)
    for (char change : {1, 2, 16, -128}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ change);
      SafetensorsFile file;
      (void)SafetensorsFile::read("w", changed.data(), changed.size(), file);
    }
}

} // namespace
