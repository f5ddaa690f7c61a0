#include "tools/attn-bench/Table.h"
#include "codegen/link/Files.h"
#include <gtest/gtest.h>

using namespace attune;
using namespace attune::bench;

namespace {

using Texts = std::map<std::string, std::string>;
using List = std::vector<std::string>;

class Table : public testing::Test {
protected:
  std::vector<Case> read(llvm::StringRef text) {
    std::string path = folder.file("table.json");
    llvm::cantFail(writeFile(path, text));
    auto cases = readTable(path);
    if (!cases) {
      ADD_FAILURE() << llvm::toString(cases.takeError());
      return {Case()};
    }
    return *cases;
  }

  TemporaryFolder folder = llvm::cantFail(TemporaryFolder::create());
};

} // namespace

TEST_F(Table, CasesHaveWhatTheTableHas) {
  std::vector<Case> cases = read(R"({
    "about": "two of them", "model": "a.attn", "entry": "one", "weights": ["w.safetensors"],
    "set": {"n": 1, "m": 2}, "inputs": {"x": "2x3xf32=0", "y": "f32=1"}, "flops": 10,
    "cases": [{"name": "all"},
              {"name": "own", "entry": "two", "set": {"m": 0.5, "on": true}, "inputs": {"y": null, "x": "4x3xf32=0"},
               "weights": "random:7", "flops": "x[0] * n", "schedule": "s.sched"}]})");
  ASSERT_EQ(cases.size(), 2u);
  EXPECT_EQ(cases[0].model, "a.attn");
  EXPECT_EQ(cases[0].entry, "one");
  EXPECT_EQ(cases[0].constants, (Texts{{"m", "2"}, {"n", "1"}}));
  EXPECT_EQ(cases[0].weights, (List{"w.safetensors"}));
  EXPECT_EQ(cases[0].flops, 10);
  EXPECT_EQ(cases[1].entry, "two");
  EXPECT_EQ(cases[1].constants, (Texts{{"m", "0.5"}, {"n", "1"}, {"on", "true"}}));
  EXPECT_EQ(cases[1].inputs, (Texts{{"x", "4x3xf32=0"}}));
  EXPECT_EQ(cases[1].weights, (List{}));
  EXPECT_EQ(cases[1].randomWeights, "random:7");
  EXPECT_EQ(cases[1].flops, 4);
  EXPECT_EQ(cases[1].schedule, "s.sched");
}

TEST_F(Table, NullTakesBack) {
  std::vector<Case> cases = read(R"({
    "model": "a.attn", "entry": "one", "set": {"n": 1}, "flops": 5, "weights": ["w"],
    "cases": [{"name": "a", "entry": null, "set": null, "flops": null, "weights": null},
              {"name": "b", "model": null, "source": ["dim n", "# text"]}]})");
  EXPECT_EQ(cases[0].entry, "");
  EXPECT_TRUE(cases[0].constants.empty());
  EXPECT_EQ(cases[0].flops, 0);
  EXPECT_EQ(cases[0].arguments(), (List{"--weights=random:1"}));
  EXPECT_EQ(cases[1].model, "");
  EXPECT_EQ(cases[1].source, "dim n\n# text\n");
}

TEST_F(Table, ASourceReplacesAModel) {
  std::vector<Case> cases = read(R"({
    "source": ["dim n"], "cases": [{"name": "a"}, {"name": "b", "model": "b.attn"}]})");
  EXPECT_EQ(cases[0].source, "dim n\n");
  EXPECT_FALSE(cases[1].source);
  EXPECT_EQ(cases[1].model, "b.attn");
}

TEST_F(Table, PathsAreRelativeToIt) {
  Case one = read(R"({"model": "a.attn", "cases": [{"name": "a", "inputs": {"x": "@x.npy", "y": "@/tmp/y.npy"},
                      "weights": ["w.safetensors"]}]})")[0];
  EXPECT_EQ(one.path("a.attn"), folder.file("a.attn"));
  EXPECT_EQ(one.arguments(), (List{"--input=x=@" + folder.file("x.npy"), "--input=y=@/tmp/y.npy",
                                           "--weights=" + folder.file("w.safetensors")}));
}

TEST_F(Table, WeightsThatAreThereOrElse) {
  llvm::StringRef text = R"({"model": "a.attn", "cases": [{"name": "a",
    "weights": {"files": ["w.safetensors"], "else": "random:3"}}]})";
  EXPECT_EQ(read(text)[0].arguments(), (List{"--weights=random:3"}));
  llvm::cantFail(writeFile(folder.file("w.safetensors"), ""));
  EXPECT_EQ(read(text)[0].arguments(), (List{"--weights=" + folder.file("w.safetensors")}));
}

TEST_F(Table, NumbersReadAsTheLanguageWritesThem) {
  Case one = read(R"({"model": "a.attn", "cases": [{"name": "a",
    "set": {"a": -3, "b": 2.0, "c": 0.1, "d": 1e-5, "e": 1e300}}]})")[0];
  EXPECT_EQ(one.constants, (Texts{{"a", "-3"}, {"b", "2"}, {"c", "0.1"}, {"d", "1e-05"},
                                         {"e", "1e+300"}}));
}
