#include "example_program.h"
#include "program.h"

// What kernels use of Halide's runtime.
extern "C" {
void *halide_malloc(void *userContext, size_t bytes);
void halide_free(void *userContext, void *block);
void halide_error(void *userContext, const char *message);
int halide_do_par_for(void *userContext,
                      int (*body)(void *userContext, int index, uint8_t *closure),
                      int min, int extent, uint8_t *closure);
}

static const char description[] = R"({
"abi": 5, "name": "example", "target": "x86-64", "cpu_features": ["sse2"],
"weights": [{"name": "layer.table", "type": "f32", "sizes": [5, 4],
  "prepares_only": null}],
"prepared": [{"name": "doubled", "type": "f32", "sizes": [5, 4]}],
"prepare": {"temporaries": [{"type": "f32", "sizes": [20], "first": 0, "last": 1}],
            "calls": [{"kernel": "double", "name": "layer.table", "flops": 20, "bytes": 160}]},
"entries": [
 {"name": "embed", "sizes": ["rows"],
  "inputs": [{"name": "x", "type": "f32", "sizes": ["rows", 4]},
             {"name": "ids", "type": "i32", "sizes": ["rows"]},
             {"name": "keep", "type": "bool", "sizes": ["rows"]}],
  "outputs": [{"name": "result", "type": "f32", "sizes": ["rows", 4]},
              {"name": "total", "type": "f32", "sizes": []}],
  "size_checks": [{"size": "rows", "at_most": 100, "message": "the table of rows"}],
  "index_checks": [{"message": "layer.table", "source": "ids"}],
  "temporaries": [{"type": "f32", "sizes": ["rows", 4], "first": 0, "last": 1},
                  {"type": "f32", "sizes": [["mul", "rows", 16]], "first": 2, "last": 2}],
  "calls": [{"kernel": "gather", "name": "layer.first", "flops": ["mul", "rows", 8], "bytes": ["mul", "rows", 48]},
            {"kernel": "mask", "name": "layer.mask", "flops": 0, "bytes": 0},
            {"kernel": "sum", "name": "layer.sum", "flops": ["mul", "rows", 4], "bytes": 0}]},
 {"name": "fail", "sizes": ["n"],
  "inputs": [{"name": "x", "type": "f32", "sizes": ["n"]}],
  "outputs": [{"name": "result", "type": "f32", "sizes": ["n"]}],
  "size_checks": [], "index_checks": [], "temporaries": [],
  "calls": [{"kernel": "bad", "name": "nowhere", "flops": 0, "bytes": 0}]},
 {"name": "draw", "sizes": ["n", "seeds"], "seed": "seeds",
  "inputs": [{"name": "x", "type": "i32", "sizes": ["n"]}],
  "outputs": [{"name": "result", "type": "i32", "sizes": ["n", 3]}],
  "size_checks": [], "index_checks": [], "temporaries": [],
  "calls": [{"kernel": "draw", "name": "dropout", "flops": 0, "bytes": 0}]}]})";

namespace {

int32_t prepare(void *run, const int64_t *, void *const *buffers) {
  attn_run_begin_call(run, 0);
  const float *table = static_cast<const float *>(buffers[0]);
  float *doubled = static_cast<float *>(buffers[1]);
  float *temporary = static_cast<float *>(buffers[2]);
  for (int i = 0; i < 20; ++i)
    temporary[i] = table[i];
  for (int i = 0; i < 20; ++i)
    doubled[i] = 2 * temporary[i];
  attn_run_end_call(run, 0);
  return 0;
}

struct Gather {
  const float *x, *doubled;
  const int32_t *ids;
  float *sums;
};

/// One parallel task: a row, by way of scratch memory.
int gatherRow(void *run, int row, uint8_t *closure) {
  const Gather &gather = *reinterpret_cast<const Gather *>(closure);
  float *scratch = static_cast<float *>(halide_malloc(run, 4 * sizeof(float)));
  if (!scratch)
    return 1;
  for (int i = 0; i < 4; ++i)
    scratch[i] = gather.x[4 * row + i] + gather.doubled[4 * gather.ids[row] + i];
  for (int i = 0; i < 4; ++i)
    gather.sums[4 * row + i] = scratch[i];
  halide_free(run, scratch);
  return 0;
}

int32_t embed(void *run, const int64_t *sizes, void *const *buffers) {
  int64_t rows = sizes[0];
  const int32_t *ids = static_cast<const int32_t *>(buffers[1]);
  const uint8_t *keep = static_cast<const uint8_t *>(buffers[2]);
  float *result = static_cast<float *>(buffers[3]);
  float *total = static_cast<float *>(buffers[4]);
  float *sums = static_cast<float *>(buffers[7]);
  float *other = static_cast<float *>(buffers[8]);
  if (int32_t code = attn_run_check_indices(run, ids, rows, 5, 0, 0))
    return code;
  attn_run_begin_call(run, 0);
  Gather gather{static_cast<const float *>(buffers[0]),
                static_cast<const float *>(buffers[6]), ids, sums};
  int code = halide_do_par_for(run, gatherRow, 0, static_cast<int>(rows),
                               reinterpret_cast<uint8_t *>(&gather));
  attn_run_end_call(run, 0);
  if (code)
    return code;
  attn_run_begin_call(run, 1);
  for (int64_t i = 0; i < 4 * rows; ++i)
    result[i] = keep[i / 4] ? sums[i] : 0;
  attn_run_end_call(run, 1);
  attn_run_begin_call(run, 2);
  for (int64_t i = 0; i < 16 * rows; ++i)
    other[i] = -1;
  total[0] = 0;
  for (int64_t i = 0; i < 4 * rows; ++i)
    total[0] += result[i];
  attn_run_end_call(run, 2);
  return 0;
}

int32_t fail(void *run, const int64_t *sizes, void *const *buffers) {
  const float *x = static_cast<const float *>(buffers[0]);
  float *result = static_cast<float *>(buffers[1]);
  attn_run_begin_call(run, 0);
  if (x[0] == 1) {
    halide_error(run, "something is wrong\n");
    return -1;
  }
  if (x[0] == 2) {
    void *block = halide_malloc(run, size_t(1) << 60);
    if (!block)
      return -11;
    halide_free(run, block);
  }
  if (x[0] == 3)
    return 5;
  for (int64_t i = 0; i < sizes[0]; ++i)
    result[i] = x[i];
  attn_run_end_call(run, 0);
  return 0;
}

/// Rows of an element, how many words the seed has, and their sum.
int32_t draw(void *, const int64_t *sizes, void *const *buffers) {
  const int32_t *x = static_cast<const int32_t *>(buffers[0]);
  const uint32_t *seed = static_cast<const uint32_t *>(buffers[1]);
  int32_t *result = static_cast<int32_t *>(buffers[2]);
  for (int64_t i = 0; i < sizes[0]; ++i) {
    result[3 * i] = x[i];
    result[3 * i + 1] = static_cast<int32_t>(sizes[1]);
    result[3 * i + 2] = sizes[1] ? static_cast<int32_t>(seed[0] + 10 * seed[1]) : 0;
  }
  return 0;
}

const attn_entry_function entries[] = {prepare, embed, fail, draw};

} // namespace

const attn_program attn_program_example = {
    ATTN_PROGRAM_ABI, 3, description, sizeof description - 1, entries, nullptr, 0, nullptr};

attn_program exampleWith(const std::string &other) {
  attn_program program = attn_program_example;
  program.description = other.data();
  program.description_size = other.size();
  return program;
}

std::string exampleDescription() { return description; }
