// The command line of a standalone binary, run as a process.
#include "command_line.h"
#include "npy.h"
#include "test_files.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <sys/wait.h>

using namespace attune::runtime;

namespace {

struct Result {
  int status;
  std::string out, err;
};

class CommandLineTest : public FileTest {
protected:
  void SetUp() override {
    std::vector<float> table(20, 0.5f);
    weights = "--weights=" +
              write("w.safetensors",
                    safetensors(R"({"layer.table":{"dtype":"F32","shape":[5,4],"data_offsets":[0,80]}})",
                                bytesOf(table)));
  }

  Result run(const std::string &arguments, const std::string &environment = "") {
    std::string command = "cd '" + folder + "' && " + environment + " " + EXAMPLE_BINARY +
                          " " + arguments + " >out.txt 2>err.txt";
    int code = std::system(command.c_str());
    Result result{WIFEXITED(code) ? WEXITSTATUS(code) : -1, read("out.txt"), read("err.txt")};
    std::filesystem::remove(path("out.txt"));
    std::filesystem::remove(path("err.txt"));
    return result;
  }

  void expectProblem(int status, const std::string &arguments, const std::string &part) {
    std::vector<std::string> before = files();
    Result result = run(arguments);
    EXPECT_EQ(result.status, status) << arguments;
    EXPECT_SAYS(result.err, part);
    EXPECT_EQ(result.out, "") << arguments;
    std::vector<std::string> after = files();
    std::sort(before.begin(), before.end());
    std::sort(after.begin(), after.end());
    EXPECT_EQ(after, before) << "something was written by " << arguments;
  }

  std::string weights;
  std::string inputs = " --input x=3x4xf32=1 --input ids=3xi32=0,1,4 --input keep=3xbool=true";
};

TEST_F(CommandLineTest, Summary) {
  Result result = run(weights + inputs);
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out, "result: f32 [3, 4], from 2 to 2\n  2 2 2 2 2 2 2 2 ...\n"
                        "total: f32 []\n  24\n");
}

TEST_F(CommandLineTest, Json) {
  auto json = nlohmann::ordered_json::parse(run(weights + inputs + " --json").out);
  EXPECT_EQ(json["outputs"][0]["sizes"][1], 4);
  EXPECT_EQ(json["outputs"][1]["first"][0], 24.0);
  EXPECT_EQ(run(weights + inputs + " --json --output=r.npy").out, json.dump() + "\n");
}

TEST_F(CommandLineTest, OutputsAreWritten) {
  Result result = run(weights + inputs + " --output r.npy --output total=t.npy");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out, "");
  Array array;
  ASSERT_FALSE(readNpy(path("r.npy"), array));
  EXPECT_EQ(array.sizes, (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(elementAt(array.tensor(), 11), 2);
  ASSERT_FALSE(readNpy(path("t.npy"), array));
  EXPECT_EQ(elementAt(array.tensor(), 0), 24);
  EXPECT_EQ(files().size(), 3u);
  // And read again, by the form with a space.
  EXPECT_EQ(run(weights + " --input x=@r.npy --input ids=3xi32=0 --input keep=3xbool=1 "
                          "--output r.npy").status, 0);
  ASSERT_FALSE(readNpy(path("r.npy"), array));
  EXPECT_EQ(elementAt(array.tensor(), 11), 3);
  EXPECT_EQ(run(weights + inputs + " --output=/dev/null").status, 0);
}

TEST_F(CommandLineTest, Benchmark) {
  Result result = run(weights + inputs + " --benchmark=7 --json --threads 2");
  ASSERT_EQ(result.status, 0) << result.err;
  auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["runs"], 7);
  EXPECT_LE(json["min_ms"], json["median_ms"]);
  EXPECT_LE(json["median_ms"], json["max_ms"]);
  ASSERT_EQ(json["samples_ms"].size(), 7u);
  EXPECT_EQ(json["samples_ms"][3], json["median_ms"]);
  EXPECT_SAYS(run(weights + inputs + " --benchmark=3").out, "3 runs: min ");
}

TEST_F(CommandLineTest, Profile) {
  std::string out = run(weights + inputs + " --profile --benchmark=5").out;
  EXPECT_SAYS(out, "GFLOP/s");
  EXPECT_SAYS(out, "gather");
  EXPECT_SAYS(out, "layer.first");
  auto json = nlohmann::json::parse(run(weights + inputs + " --profile --benchmark=5 --json").out);
  EXPECT_EQ(json["profile"]["runs"], 5);
}

TEST_F(CommandLineTest, DescribeAndHelpNeedNoWeights) {
  EXPECT_SAYS(run("--describe").out, "input   x: f32 [rows, 4]");
  EXPECT_EQ(nlohmann::json::parse(run("--describe --json").out)["name"], "example");
  Result result = run("--help");
  EXPECT_EQ(result.status, 0);
  EXPECT_SAYS(result.out, "--weights=FILE");
}

TEST_F(CommandLineTest, RandomIsReproducible) {
  std::string arguments = "--weights=random --input x=9x4xf32=random:3 "
                          "--input ids=9xi32=random:1:0..5 --input keep=9xbool=random";
  Result one = run(arguments), two = run(arguments), other = run(arguments + " --seed=5");
  EXPECT_EQ(one.status, 0) << one.err;
  EXPECT_EQ(one.out, two.out);
  EXPECT_NE(one.out, other.out);
}

TEST_F(CommandLineTest, SeedIsAsked) {
  std::string arguments = weights + " --model=draw --input x=1xi32=7 --json";
  auto drawn = [&](const std::string &seed) {
    Result result = run(arguments + seed);
    EXPECT_EQ(result.status, 0) << result.err;
    return nlohmann::json::parse(result.out)["outputs"][0]["first"];
  };
  EXPECT_EQ(drawn(""), nlohmann::json({7, 0, 0}));
  EXPECT_EQ(drawn(" --seed=0"), nlohmann::json({7, 2, 0}));
  EXPECT_EQ(drawn(" --seed=4294967299"), nlohmann::json({7, 2, 13}));
  EXPECT_EQ(run(weights + inputs + " --seed=3").out, run(weights + inputs).out);
}

TEST_F(CommandLineTest, IntegersAreWholeNumbers) {
  std::string rest = " --weights=random --input ids=9xi32=random:1:0..5 --input keep=9xbool=random";
  Result ones = run("--input x=9x4xf32=integers:3:1..2" + rest);
  EXPECT_EQ(ones.status, 0) << ones.err;
  EXPECT_EQ(ones.out, run("--input x=9x4xf32=1" + rest).out);
  EXPECT_NE(ones.out, run("--input x=9x4xf32=random:3:1..2" + rest).out);
}

TEST_F(CommandLineTest, UsageErrors) {
  expectProblem(2, "--frobnicate", "no option '--frobnicate'");
  expectProblem(2, "stray", "'stray'");
  expectProblem(2, "--threads", "needs a value");
  expectProblem(2, "--threads=many", "must be a number from 0 to 256");
  expectProblem(2, "--threads=257", "must be a number from 0 to 256");
  expectProblem(2, "--benchmark=0", "must be a number from 1");
  expectProblem(2, "--json=yes", "takes no value");
  expectProblem(2, "--seed=-1", "must be a number");
  expectProblem(2, "--input ids", "must be NAME=@FILE.npy");
  expectProblem(2, "--input ids=@", "names no file");
  expectProblem(2, "--input ids=3xi33=1", "must be NAME=@FILE.npy");
  expectProblem(2, "--input ids=-3xi32=1", "must be NAME=@FILE.npy");
  expectProblem(2, "--input ids=3xi32=1.5", "is no i32");
  expectProblem(2, "--input ids=3xi32=3000000000", "is no i32");
  expectProblem(2, "--input ids=3xi32=1,2", "2 values for 3 elements");
  expectProblem(2, "--input ids=3xi32=abc", "'abc', which is no number");
  expectProblem(2, "--input ids=99999999999x99999999999xi32=1", "too large");
  expectProblem(2, "--input ids=3xi32=random:x", "'x' is no number");
  expectProblem(2, "--input ids=3xi32=random:1:5..2", "not LOW..HIGH");
  expectProblem(2, "--input x=9x4xf32=integers:1:5..2", "not LOW..HIGH");
}

TEST_F(CommandLineTest, UserErrors) {
  expectProblem(1, inputs, "none were given");
  expectProblem(1, "--weights=none.safetensors" + inputs, "No such file");
  write("bad.safetensors", "nonsense, nonsense");
  expectProblem(1, "--weights=bad.safetensors" + inputs, "bad.safetensors");
  expectProblem(1, weights, "inputs 'x' (f32 [rows, 4]), 'ids' (i32 [rows]) and 'keep' (bool [rows]) are missing: give --input x=@FILE.npy");
  expectProblem(1, weights + inputs + " --input idz=3xi32=1", "did you mean 'ids'?");
  expectProblem(1, weights + inputs + " --input x=3x4xf32=1", "given twice");
  expectProblem(1, weights + inputs + " --model=embde", "did you mean 'embed'?");
  expectProblem(1, weights + inputs + " --output reslt=r.npy", "did you mean 'result'?");
  expectProblem(1, weights + inputs + " --output r.npy --output total=r.npy", "two outputs go to");
  expectProblem(1, weights + inputs + " --output none/r.npy", "cannot write 'none/r.npy'");
  expectProblem(1, weights + inputs + " --output r.npy --output total=none/t.npy", "cannot write");
  expectProblem(1, weights + inputs + " --output .", "cannot write");
  expectProblem(1, weights + " --input x=@none.npy --input ids=3xi32=1 --input keep=3xbool=1 --output r.npy", "none.npy");
  expectProblem(1, weights + " --input x=2x4xf32=1 --input ids=3xi32=1 --input keep=3xbool=1 --output r.npy", "'rows' is 2 in x but 3 in ids");
  expectProblem(1, weights + " --input x=3x4xf32=1 --input ids=3xi32=9 --input keep=3xbool=1 --output r.npy", "at [0] is 9");
}

TEST_F(CommandLineTest, FullDisk) {
  Result result = run(weights + inputs + " --output=/dev/full");
  EXPECT_EQ(result.status, 1);
  EXPECT_SAYS(result.err, "No space left");
}

TEST_F(CommandLineTest, NotesComeWithSuccessAlone) {
  std::string extra = "--weights=" +
      write("extra.safetensors",
            safetensors(R"({"pooler":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", ""));
  Result result = run(weights + " " + extra + inputs);
  EXPECT_EQ(result.status, 0);
  EXPECT_SAYS(result.err, "note: the model does not use 1 tensor of the weights: 'pooler'");
  result = run(weights + " " + extra + inputs + " --model=none");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
}

TEST_F(CommandLineTest, LesserProcessor) {
  Result result = run(weights + inputs, "ATTN_WITHOUT_FEATURES=sse2");
  EXPECT_EQ(result.status, 1);
  EXPECT_SAYS(result.err, "lacks sse2");
}

TEST(TakeOption, BothForms) {
  CommandLine line;
  std::string problem;
  std::vector<std::string> arguments = {"--weights", "a", "--weights=b", "--seed=7", "--own"};
  size_t index = 0;
  while (takeOption(arguments, index, line, problem) == Taken::yes) {
  }
  EXPECT_EQ(index, 4u); // another program's option is left to it
  EXPECT_EQ(line.weights, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(line.seed, 7u);
}

} // namespace
