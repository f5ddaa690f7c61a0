// The C API from end to end on a program written by hand.
#include "attune.h"
#include "example_program.h"
#include "program.h"
#include "test_files.h"

#include <nlohmann/json.hpp>

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

// Every allocation of this program is counted, for the test that runs make none.
// Sanitizers have allocators of their own.
static std::atomic<size_t> allocations{0};
#if !defined(__SANITIZE_ADDRESS__)
extern "C" int posix_memalign(void **memory, size_t alignment, size_t size) noexcept {
  ++allocations;
  *memory = aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  return *memory ? 0 : ENOMEM;
}
void *operator new(size_t size) {
  ++allocations;
  if (void *memory = std::malloc(size))
    return memory;
  throw std::bad_alloc();
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, size_t) noexcept { std::free(memory); }
#endif

namespace {

std::string message(attn_error *error) {
  if (!error)
    return "";
  std::string result = attn_error_message(error);
  EXPECT_NE(result, "");
  attn_error_free(error);
  return result;
}

/// Input data of some rows; every third row is dropped.
struct Inputs {
  explicit Inputs(int64_t rows) : rows(rows) {
    for (int64_t i = 0; i < 4 * rows; ++i)
      x.push_back(static_cast<float>(i));
    for (int64_t i = 0; i < rows; ++i) {
      ids.push_back(static_cast<int32_t>(i % 5));
      keep.push_back(i % 3 != 0);
    }
  }

  std::string bind(attn_context *context) {
    int64_t matrix[] = {rows, 4};
    attn_tensor xTensor{ATTN_F32, 2, matrix, x.data()};
    attn_tensor idsTensor{ATTN_I32, 1, &rows, ids.data()};
    attn_tensor keepTensor{ATTN_BOOL, 1, &rows, keep.data()};
    std::string problem = message(attn_bind_input(context, "x", &xTensor));
    problem += message(attn_bind_input(context, "ids", &idsTensor));
    return problem + message(attn_bind_input(context, "keep", &keepTensor));
  }

  std::vector<float> expected() const {
    std::vector<float> result;
    for (int64_t i = 0; i < 4 * rows; ++i)
      result.push_back(keep[i / 4] ? x[i] + 2 * float(4 * ids[i / 4] + i % 4) : 0);
    return result;
  }

  int64_t rows;
  std::vector<float> x;
  std::vector<int32_t> ids;
  std::vector<uint8_t> keep;
};

std::vector<float> resultOf(attn_context *context) {
  attn_tensor tensor{};
  EXPECT_EQ(message(attn_output(context, "result", &tensor)), "");
  EXPECT_EQ(tensor.rank, 2);
  const float *data = static_cast<const float *>(tensor.data);
  return std::vector<float>(data, data + tensor.sizes[0] * tensor.sizes[1]);
}

class Api : public FileTest {
protected:
  void SetUp() override {
    std::vector<float> table;
    for (int i = 0; i < 20; ++i)
      table.push_back(static_cast<float>(i));
    file = write("w.safetensors",
                 safetensors(R"({"layer.table":{"dtype":"F32","shape":[5,4],"data_offsets":[0,80]},)"
                             R"("extra":{"dtype":"I64","shape":[],"data_offsets":[80,88]}})",
                             bytesOf(table) + std::string(8, '\0')));
    const char *name = file.c_str();
    ASSERT_EQ(message(attn_model_open(&attn_program_example, &name, 1, &model)), "");
    ASSERT_EQ(message(attn_context_create(model, nullptr, &context)), "");
  }
  void TearDown() override {
    attn_context_free(context);
    attn_model_close(model);
  }

  std::string file;
  attn_model *model = nullptr;
  attn_context *context = nullptr;
};

TEST_F(Api, Runs) {
  EXPECT_STREQ(attn_model_notes(model),
               "the model does not use 1 tensor of the weights: 'extra'");
  for (int64_t rows : {7, 1, 100, 7}) {
    Inputs inputs(rows);
    ASSERT_EQ(inputs.bind(context), "");
    ASSERT_EQ(message(attn_run(context)), "");
    EXPECT_EQ(resultOf(context), inputs.expected());
    attn_tensor total{};
    ASSERT_EQ(message(attn_output(context, "total", &total)), "");
    EXPECT_EQ(total.rank, 0);
    float sum = 0;
    for (float value : inputs.expected())
      sum += value;
    EXPECT_EQ(*static_cast<const float *>(total.data), sum);
  }
  EXPECT_EQ(attn_output_count(context), 2u);
  EXPECT_STREQ(attn_output_name(context, 1), "total");
  EXPECT_EQ(attn_output_name(context, 2), nullptr);
}

TEST_F(Api, SteadyRunsAllocateNothing) {
  ASSERT_EQ(message(attn_set_threads(1)), "");
  Inputs inputs(50), others(50);
  ASSERT_EQ(inputs.bind(context), "");
  ASSERT_EQ(message(attn_run(context)), "");
  int64_t matrix[] = {50, 4};
  attn_tensor tensor{ATTN_F32, 2, matrix, others.x.data()};
  size_t before = allocations;
  attn_error *bound = attn_bind_input(context, "x", &tensor);
  attn_error *error = attn_run(context);
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(message(bound) + message(error), "");
  ASSERT_EQ(message(attn_set_threads(0)), "");
}

TEST_F(Api, TwoThreadsRunTwoContexts) {
  std::atomic<int> wrong{0};
  auto work = [&](int64_t rows) {
    attn_context *own = nullptr;
    wrong += message(attn_context_create(model, "embed", &own)) != "";
    for (int i = 0; i < 300; ++i) {
      Inputs inputs(rows + i % 2);
      wrong += inputs.bind(own) != "";
      wrong += message(attn_run(own)) != "";
      wrong += resultOf(own) != inputs.expected();
    }
    attn_context_free(own);
  };
  std::thread one(work, 31), two(work, 64);
  one.join();
  two.join();
  EXPECT_EQ(wrong, 0);
}

// Without a seed the program sees none, whatever runs came before; a seed is two
// words, the low half first. Entries without one do not mind.
TEST_F(Api, Seeds) {
  attn_context *draw = nullptr;
  ASSERT_EQ(message(attn_context_create(model, "draw", &draw)), "");
  int64_t count = 2;
  int32_t x[] = {7, 8};
  attn_tensor tensor{ATTN_I32, 1, &count, x};
  ASSERT_EQ(message(attn_bind_input(draw, "x", &tensor)), "");
  auto run = [&] {
    attn_tensor result{};
    EXPECT_EQ(message(attn_run(draw)), "");
    EXPECT_EQ(message(attn_output(draw, NULL, &result)), "");
    const int32_t *data = static_cast<const int32_t *>(result.data);
    return std::vector<int32_t>(data, data + 6);
  };
  std::vector<int32_t> none = {7, 0, 0, 8, 0, 0};
  EXPECT_EQ(run(), none);
  attn_set_seed(draw, 0);
  EXPECT_EQ(run(), (std::vector<int32_t>{7, 2, 0, 8, 2, 0}));
  attn_set_seed(draw, 0x300000005);
  EXPECT_EQ(run(), (std::vector<int32_t>{7, 2, 35, 8, 2, 35}));
  size_t before = allocations;
  attn_set_seed(draw, 0x300000006);
  EXPECT_EQ(message(attn_run(draw)), "");
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(run(), (std::vector<int32_t>{7, 2, 36, 8, 2, 36}));
  attn_clear_seed(draw);
  EXPECT_EQ(run(), none);
  attn_context_free(draw);

  Inputs inputs(4);
  ASSERT_EQ(inputs.bind(context), "");
  attn_set_seed(context, 5);
  ASSERT_EQ(message(attn_run(context)), "");
  EXPECT_EQ(resultOf(context), inputs.expected());
  attn_set_seed(nullptr, 1);
  attn_clear_seed(nullptr);
}

TEST_F(Api, MissingInputs) {
  EXPECT_SAYS(message(attn_run(context)), "inputs 'x' (f32 [rows, 4]), 'ids' (i32 [rows]) and 'keep'");
  Inputs inputs(3);
  int64_t matrix[] = {3, 4};
  attn_tensor tensor{ATTN_F32, 2, matrix, inputs.x.data()};
  ASSERT_EQ(message(attn_bind_input(context, "x", &tensor)), "");
  EXPECT_SAYS(message(attn_run(context)), "'ids'");
}

TEST_F(Api, InputsThatDisagree) {
  Inputs inputs(3), others(4);
  ASSERT_EQ(inputs.bind(context), "");
  attn_tensor tensor{ATTN_I32, 1, &others.rows, others.ids.data()};
  ASSERT_EQ(message(attn_bind_input(context, "ids", &tensor)), "");
  EXPECT_SAYS(message(attn_run(context)), "'rows' is 3 in x but 4 in ids");
  // And the context is as good as before.
  ASSERT_EQ(inputs.bind(context), "");
  EXPECT_EQ(message(attn_run(context)), "");
  EXPECT_EQ(resultOf(context), inputs.expected());
}

TEST_F(Api, IndicesAreChecked) {
  Inputs inputs(6);
  inputs.ids[4] = 5;
  ASSERT_EQ(inputs.bind(context), "");
  EXPECT_EQ(message(attn_run(context)),
            "input 'ids' at [4] is 5, but must be at least 0 and below 5 (layer.table)");
  inputs.ids[4] = 0;
  inputs.ids[2] = -1;
  EXPECT_SAYS(message(attn_run(context)), "at [2] is -1");
  attn_tensor tensor;
  EXPECT_SAYS(message(attn_output(context, nullptr, &tensor)), "no output before");
}

TEST_F(Api, TruthValuesAreChecked) {
  Inputs inputs(6);
  inputs.keep[3] = 7;
  ASSERT_EQ(inputs.bind(context), "");
  EXPECT_SAYS(message(attn_run(context)), "'keep' is bool, but holds the byte 7 at element 3");
}

TEST_F(Api, SizeLimits) {
  Inputs inputs(101);
  ASSERT_EQ(inputs.bind(context), "");
  EXPECT_EQ(message(attn_run(context)),
            "'rows' is 101 in x, more than 100: the table of rows");
}

TEST_F(Api, KernelFailures) {
  attn_context *failing;
  ASSERT_EQ(message(attn_context_create(model, "fail", &failing)), "");
  int64_t one = 1;
  float x = 1;
  attn_tensor tensor{ATTN_F32, 1, &one, &x};
  ASSERT_EQ(message(attn_bind_input(failing, "x", &tensor)), "");
  EXPECT_EQ(message(attn_run(failing)),
            "the kernel for 'nowhere' (kernel bad) failed: something is wrong");
  x = 2;
  attn_error *error = attn_run(failing);
  ASSERT_TRUE(error);
  EXPECT_EQ(attn_error_get_kind(error), ATTN_ERROR_MEMORY);
  EXPECT_SAYS(message(error), "1152921504606846976 bytes");
  x = 3;
  EXPECT_SAYS(message(attn_run(failing)), "failed with code 5");
  x = 4;
  EXPECT_EQ(message(attn_run(failing)), "");
  EXPECT_SAYS(message(attn_output(failing, "reslt", &tensor)), "has no output 'reslt'");
  attn_context_free(failing);
}

TEST_F(Api, WrongUse) {
  attn_tensor tensor{};
  attn_context *none = nullptr;
  attn_model *other = nullptr;
  EXPECT_SAYS(message(attn_model_open(nullptr, nullptr, 0, &other)), "null pointer");
  EXPECT_SAYS(message(attn_model_open(&attn_program_example, nullptr, 0, nullptr)), "null pointer");
  EXPECT_SAYS(message(attn_model_open(&attn_program_example, nullptr, 1, &other)), "null pointer");
  EXPECT_SAYS(message(attn_context_create(nullptr, nullptr, &none)), "null pointer");
  EXPECT_SAYS(message(attn_run(nullptr)), "null pointer");
  EXPECT_SAYS(message(attn_bind_input(context, nullptr, &tensor)), "null pointer");
  EXPECT_SAYS(message(attn_bind_input(context, "y", &tensor)), "has no input 'y'");
  EXPECT_SAYS(message(attn_set_threads(-1)), "must be from 0 to 256");
  EXPECT_SAYS(message(attn_set_threads(1000)), "must be from 0 to 256");
  attn_error_free(nullptr);
  attn_context_free(nullptr);
  attn_model_close(nullptr);
  attn_text_free(nullptr);
}

TEST_F(Api, Profile) {
  Inputs inputs(10);
  ASSERT_EQ(inputs.bind(context), "");
  ASSERT_EQ(message(attn_set_profile(context, 1)), "");
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(message(attn_run(context)), "");
  char *text;
  ASSERT_EQ(message(attn_profile_json(context, &text)), "");
  auto json = nlohmann::json::parse(text);
  attn_text_free(text);
  EXPECT_EQ(json["runs"], 3);
  ASSERT_EQ(json["kernels"].size(), 3u);
  for (const auto &kernel : json["kernels"]) {
    EXPECT_EQ(kernel["calls"], 3);
    EXPECT_EQ(kernel["gflops"].is_null(), kernel["kernel"] == "mask");
  }
}

TEST_F(Api, Describe) {
  char *text;
  ASSERT_EQ(message(attn_program_describe(&attn_program_example, &text)), "");
  auto json = nlohmann::json::parse(text);
  attn_text_free(text);
  EXPECT_EQ(json["name"], "example");
  EXPECT_EQ(json["weights"]["embedded"], false);
}

TEST_F(Api, ProgramsForOtherProcessorsDoNotRun) {
  std::string other = exampleDescription();
  other.replace(other.find("\"sse2\""), 6, "\"sse2\", \"warp-drive\"");
  attn_program program = exampleWith(other);
  attn_model *none;
  const char *name = file.c_str();
  EXPECT_SAYS(message(attn_model_open(&program, &name, 1, &none)), "lacks warp-drive");
  EXPECT_EQ(none, nullptr);
}

TEST_F(Api, RandomWeights) {
  attn_model *random;
  ASSERT_EQ(message(attn_model_open_random(&attn_program_example, 3, &random)), "");
  attn_context *own;
  ASSERT_EQ(message(attn_context_create(random, nullptr, &own)), "");
  Inputs inputs(2);
  ASSERT_EQ(inputs.bind(own), "");
  EXPECT_EQ(message(attn_run(own)), "");
  attn_context_free(own);
  attn_model_close(random);
}

// Sizes that would need more memory than there is end in an error.
TEST_F(Api, HugeWorkspace) {
  std::string other = exampleDescription();
  std::string from = R"(["mul", "rows", 16]], "first")";
  std::string to = R"(["mul", "rows", 100000000], 2, 2, 2, 2, 2, 2], "first")";
  other.replace(other.find(from), from.size(), to);
  attn_program program = exampleWith(other);
  attn_model *huge;
  const char *name = file.c_str();
  ASSERT_EQ(message(attn_model_open(&program, &name, 1, &huge)), "");
  attn_context *own;
  ASSERT_EQ(message(attn_context_create(huge, nullptr, &own)), "");
  Inputs inputs(90);
  ASSERT_EQ(inputs.bind(own), "");
  EXPECT_SAYS(message(attn_run(own)), "the sizes rows = 90 are too large: a tensor f32 [rows * 100000000");
  attn_context_free(own);
  attn_model_close(huge);
}

} // namespace
