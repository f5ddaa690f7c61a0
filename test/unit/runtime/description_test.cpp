#include "describe.h"
#include "description.h"
#include "example_program.h"
#include "program.h"
#include "test_files.h"

#include <nlohmann/json.hpp>

using namespace attune::runtime;

namespace {

std::string problem(const std::string &json) {
  Description description;
  Error error = parseDescription(json, description);
  return error ? error.message() : "";
}

std::string changed(const std::string &from, const std::string &to) {
  std::string text = exampleDescription();
  size_t place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return text.replace(place, from.size(), to);
}

TEST(SizeExpression, Evaluates) {
  using Operation = SizeExpression::Operation;
  auto apply = [](Operation operation, int64_t a, int64_t b) {
    int64_t result = -999;
    bool fine = SizeExpression::binary(operation, SizeExpression(a), SizeExpression(b))
                    .evaluate(nullptr, result);
    return fine ? result : -999;
  };
  EXPECT_EQ(apply(Operation::add, 2, 3), 5);
  EXPECT_EQ(apply(Operation::mul, -2, 3), -6);
  EXPECT_EQ(apply(Operation::floordiv, 7, 2), 3);
  EXPECT_EQ(apply(Operation::floordiv, -7, 2), -4);
  EXPECT_EQ(apply(Operation::floordiv, 7, -2), -4);
  EXPECT_EQ(apply(Operation::floordiv, -8, 2), -4);
  EXPECT_EQ(apply(Operation::ceildiv, 7, 2), 4);
  EXPECT_EQ(apply(Operation::ceildiv, -7, 2), -3);
  EXPECT_EQ(apply(Operation::ceildiv, 8, 2), 4);
  EXPECT_EQ(apply(Operation::mod, 7, 3), 1);
  EXPECT_EQ(apply(Operation::mod, -7, 3), 2);
  EXPECT_EQ(apply(Operation::mod, 7, -3), -2);
  // Overflow and division by 0.
  EXPECT_EQ(apply(Operation::add, INT64_MAX, 1), -999);
  EXPECT_EQ(apply(Operation::mul, INT64_MAX, 2), -999);
  EXPECT_EQ(apply(Operation::floordiv, 1, 0), -999);
  EXPECT_EQ(apply(Operation::mod, 1, 0), -999);
  EXPECT_EQ(apply(Operation::floordiv, INT64_MIN, -1), -999);
}

TEST(SizeExpression, Prints) {
  using Operation = SizeExpression::Operation;
  std::vector<std::string> names = {"batch", "tokens"};
  SizeExpression batch = SizeExpression::symbol(0), tokens = SizeExpression::symbol(1);
  SizeExpression sum = SizeExpression::binary(Operation::add, batch, SizeExpression(1));
  EXPECT_EQ(SizeExpression::binary(Operation::mul, sum, tokens).toText(names),
            "(batch + 1) * tokens");
  EXPECT_EQ(SizeExpression::binary(Operation::ceildiv, sum, tokens).toText(names),
            "ceildiv(batch + 1, tokens)");
}

TEST(SizeExpression, ElementCount) {
  int64_t count;
  EXPECT_TRUE(elementCount(nullptr, 0, count));
  EXPECT_EQ(count, 1);
  int64_t large[] = {INT64_MAX, 2, 0};
  EXPECT_FALSE(elementCount(large, 2, count));
  EXPECT_TRUE(elementCount(large, 3, count));
  EXPECT_EQ(count, 0);
  int64_t negative[] = {-1};
  EXPECT_FALSE(elementCount(negative, 1, count));
}

TEST(Description, Reads) {
  Description description;
  ASSERT_FALSE(parseDescription(exampleDescription(), description));
  EXPECT_EQ(description.name, "example");
  EXPECT_EQ(description.weights[0].bytes, 80);
  EXPECT_TRUE(description.hasPrepare);
  ASSERT_EQ(description.entries.size(), 3u);
  const Entry &entry = description.entries[0];
  EXPECT_EQ(entry.symbols, std::vector<std::string>{"rows"});
  EXPECT_EQ(signatureText(entry.inputs[0], entry.symbols), "f32 [rows, 4]");
  EXPECT_EQ(entry.indexChecks[0].input, 1);
  EXPECT_EQ(entry.calls.size(), 3u);
}

TEST(Description, DamageIsNamed) {
  EXPECT_SAYS(problem(""), "not JSON");
  EXPECT_SAYS(problem("[]"), "it must be an object");
  EXPECT_SAYS(problem("{}"), "abi must be an integer");
  EXPECT_SAYS(problem(changed("\"abi\": 5", "\"abi\": 7")), "interface version 7");
  EXPECT_SAYS(problem(changed("\"x\", \"type\": \"f32\"", "\"x\", \"type\": \"f33\"")),
              "entries[0].inputs[0].type must be one of the types");
  EXPECT_SAYS(problem(changed("[\"rows\", 4]", "[\"tows\", 4]")),
              "'tows' is not");
  EXPECT_SAYS(problem(changed("[\"mul\", \"rows\", 16]", "[\"pow\", \"rows\", 16]")),
              "must be a size");
  EXPECT_SAYS(problem(changed("\"seed\": \"seeds\"", "\"seed\": \"words\"")),
              "'words' is not");
  EXPECT_SAYS(problem(changed("\"seed\": \"seeds\"", "\"seed\": 2")),
              "entries[2].seed must be null or one of the entry's sizes");
  EXPECT_SAYS(problem(changed("\"source\": \"ids\"", "\"source\": \"x2\"")),
              "index_checks[0].source must be the name of an input");
  EXPECT_SAYS(problem(changed("\"sizes\": [5, 4]", "\"sizes\": [5, -4]")),
              "weights[0].sizes[1] must be an integer from 0");
  EXPECT_SAYS(problem(changed("\"sizes\": [5, 4]", "\"sizes\": [2000000000, 4]")),
              "less than 2^31 elements");
  EXPECT_SAYS(problem(changed("\"sizes\": [5, 4]", "\"sizes\": [99999999999999999999]")),
              "must be an integer");
  EXPECT_SAYS(problem(changed("\"prepares_only\": null", "\"prepares_only\": [2]")),
              "weights[0].prepares_only must be null or a list of two calls");
  EXPECT_SAYS(problem(changed("\"prepares_only\": null", "\"prepares_only\": [2, 1]")),
              "prepares_only[1] must be an integer from 2");
  EXPECT_SAYS(problem(changed("\"first\": 0, \"last\": 1", "\"first\": 1, \"last\": 0")),
              "last must be an integer from 1");
  std::string deep = "\"rows\"";
  for (int i = 0; i < 1000; ++i)
    deep = "[\"add\", 1, " + deep + "]";
  EXPECT_SAYS(problem(changed("[\"mul\", \"rows\", 16]", deep)), "less nesting");
  EXPECT_SAYS(problem(std::string(1000000, '[')), "not JSON");
}

TEST(Description, ProgramIsChecked) {
  Description description;
  attn_program program = attn_program_example;
  program.abi = 99;
  Error error = readDescription(&program, description);
  ASSERT_TRUE(error);
  EXPECT_SAYS(error.message(), "interface version 99");
  program = attn_program_example;
  program.entry_count = 4;
  EXPECT_TRUE(readDescription(&program, description));
  EXPECT_TRUE(readDescription(nullptr, description));
  EXPECT_FALSE(readDescription(&attn_program_example, description));
}

TEST(Description, EntriesAreFoundByName) {
  Description description;
  ASSERT_FALSE(parseDescription(exampleDescription(), description));
  size_t index;
  ASSERT_FALSE(findEntry(description, nullptr, index));
  EXPECT_EQ(index, 0u);
  ASSERT_FALSE(findEntry(description, "fail", index));
  EXPECT_EQ(index, 1u);
  EXPECT_SAYS(findEntry(description, "embde", index).message(), "did you mean 'embed'?");
  EXPECT_SAYS(findEntry(description, "zzz", index).message(), "it has embed, fail and draw");
}

TEST(Describe, JsonAndText) {
  Description description;
  ASSERT_FALSE(parseDescription(exampleDescription(), description));
  auto json = nlohmann::json::parse(describeJson(description, false));
  EXPECT_EQ(json["entries"][0]["inputs"][0]["sizes"][0], "rows");
  EXPECT_EQ(json["entries"][0]["inputs"][0]["sizes"][1], 4);
  EXPECT_EQ(json["entries"][0]["limits"][0]["at_most"], 100);
  EXPECT_EQ(json["weights"]["bytes"], 80);
  EXPECT_EQ(json["entries"][0]["seed"], false);
  EXPECT_EQ(json["entries"][2]["seed"], true);
  EXPECT_EQ(json["entries"][2]["sizes"], nlohmann::json({"n"}));
  std::string text = describeText(description, false);
  EXPECT_SAYS(text, "input   x: f32 [rows, 4]");
  EXPECT_SAYS(text, "rows is at most 100");
  EXPECT_SAYS(text, "input   x: i32 [n]\n  seed    drops elements at random");
}

} // namespace
