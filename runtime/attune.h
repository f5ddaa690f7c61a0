/* attune.h - run a model that attnc compiled.
 *
 * This is the whole public interface of the runtime, in C.  A compiled model is a
 * program: attnc writes a header that declares it, for example
 *
 *     extern const attn_program attn_program_minilm;
 *
 * and a program runs in four steps:
 *
 *     const char *files[] = {"model.safetensors"};
 *     attn_model *model;
 *     attn_context *context;
 *     attn_error *error = attn_model_open(&attn_program_minilm, files, 1, &model);
 *     if (!error) error = attn_context_create(model, NULL, &context);
 *     int64_t sizes[] = {1, 12};
 *     attn_tensor ids = {ATTN_I32, 2, sizes, data};
 *     if (!error) error = attn_bind_input(context, "ids", &ids);
 *     if (!error) error = attn_run(context);
 *     attn_tensor result;
 *     if (!error) error = attn_output(context, "result", &result);
 *     if (error) { fprintf(stderr, "%s\n", attn_error_message(error)); attn_error_free(error); }
 *
 * Link with the model's archive (or library), for a device libattune_opencl.a or
 * libattune_cuda.a, libattune.a, the C++ run-time library
 * and the threads library; nothing else is needed.
 *
 * Errors.  A function that can fail returns an attn_error, or NULL when it succeeded.
 *   The error belongs to the caller.  After an error from attn_run the context can be
 *   used again; its outputs are those of no run until the next run succeeds.  Bad files,
 *   bad inputs and lack of memory are errors, never a crash.
 *
 * Threads.  A model is constant once it is open: any number of threads may use it, each
 *   with contexts of its own, at the same time.  One context belongs to one thread at a
 *   time.  Kernels share one pool of worker threads in the process (attn_set_threads).
 *
 * Memory.  Inputs are borrowed: the data that attn_bind_input was given must stay until
 *   the last attn_run that reads it has returned.  Outputs belong to the context and hold
 *   until its next attn_run or until it is freed.  A run whose
 *   input sizes are those of the run before allocates nothing, but for what kernels of
 *   a device keep there between their parts.
 *
 * Weights files are mapped into memory, not read: they must not change while the model
 *   is open.
 *
 * Environment.  HL_NUM_THREADS is the number of threads where attn_set_threads was not
 *   called.  ATTN_WITHOUT_FEATURES names processor features (with commas) that count as
 *   absent, to see how a program refuses a lesser processor.
 */
#ifndef ATTUNE_H
#define ATTUNE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks what a shared library built from a model exports. */
#if defined(__GNUC__)
#define ATTN_API __attribute__((visibility("default")))
#else
#define ATTN_API
#endif

/* A compiled model: code and description, without weights. Constant, never freed. */
typedef struct attn_program attn_program;
/* A program with its weights, prepared to run. */
typedef struct attn_model attn_model;
/* One entry of a model with inputs, outputs and the memory of its runs. */
typedef struct attn_context attn_context;
/* What went wrong, in words. */
typedef struct attn_error attn_error;

/* ---- errors ---------------------------------------------------------------- */

typedef enum attn_error_kind {
  ATTN_ERROR_ARGUMENT = 1,  /* the API was used wrongly: an unknown name, a null pointer */
  ATTN_ERROR_WEIGHTS = 2,   /* a weights file is damaged or does not fit the model */
  ATTN_ERROR_INPUT = 3,     /* an input is missing or has a wrong type, rank, size or value */
  ATTN_ERROR_MEMORY = 4,    /* memory could not be had */
  ATTN_ERROR_PROCESSOR = 5, /* the processor lacks what the program was compiled for */
  ATTN_ERROR_FILE = 6,      /* a file could not be read or written */
  ATTN_ERROR_PROGRAM = 7,   /* the program is damaged, of another version, or failed */
  ATTN_ERROR_DEVICE = 8     /* there is no such device, it lacks something, or it failed */
} attn_error_kind;

/* One or more lines without a line break at the end; holds until the error is freed. */
ATTN_API const char *attn_error_message(const attn_error *error);
ATTN_API attn_error_kind attn_error_get_kind(const attn_error *error);
/* NULL is allowed. */
ATTN_API void attn_error_free(attn_error *error);

/* ---- tensors --------------------------------------------------------------- */

/* Element types, little-endian. Models take and give the first six; the others name data
 * that people often have, so that the error can say how to convert it. */
#if defined(__cplusplus)
typedef enum attn_type : int32_t {
#else
typedef enum attn_type {
#endif
  ATTN_F32 = 1,
  ATTN_F16 = 2,
  ATTN_BF16 = 3,
  ATTN_I32 = 4,
  ATTN_I8 = 5,
  ATTN_BOOL = 6, /* one byte an element, 0 or 1 */
  ATTN_I64 = 7,
  ATTN_F64 = 8,
  ATTN_U8 = 9,
  ATTN_I16 = 10,
  ATTN_U16 = 11,
  ATTN_U32 = 12,
  ATTN_U64 = 13
} attn_type;

/* A dense tensor in row-major order: the last size is that of neighbouring elements.
 * A scalar has rank 0. `data` is aligned to its element type; sizes are at least 1. */
typedef struct attn_tensor {
  attn_type type;
  int32_t rank;
  const int64_t *sizes;
  const void *data;
} attn_tensor;

/* ---- models ---------------------------------------------------------------- */

/* Opens a program with the tensors of `file_count` safetensors files. No file is needed
 * when the program has its weights embedded or has none; files come before embedded
 * weights. Checks the processor and every tensor's name, type and sizes (f16 and bf16
 * widen to f32 where the model asks for that; nothing narrows), then computes what the
 * model prepares from its weights once. */
ATTN_API attn_error *attn_model_open(const attn_program *program,
                                     const char *const *weight_files,
                                     size_t file_count, attn_model **model);

/* The same with random weights drawn from `seed`: for timing without a weights file. */
ATTN_API attn_error *attn_model_open_random(const attn_program *program,
                                            uint64_t seed, attn_model **model);

/* Remarks on opening, one a line, such as tensors of the files that the model does not
 * use; "" when there are none. Holds as long as the model. */
ATTN_API const char *attn_model_notes(const attn_model *model);

/* Every context of the model must have been freed before. NULL is allowed. */
ATTN_API void attn_model_close(attn_model *model);

/* What a program is, as JSON: {"name", "target", "cpu_features": [..],
 * "weights": {"count", "bytes", "embedded"}, "entries": [{"name", "sizes": [..],
 * "seed": BOOL, "inputs": [{"name", "type", "sizes"}], "outputs": [..],
 * "limits": [{"size", "at_most", "message"}], "kernels", "calls"}]}. A size is a number
 * or text such as "batch" or "2 * tokens"; "seed" says whether there is dropout. Needs neither weights nor the processor
 * features. Free the text with attn_text_free. */
ATTN_API attn_error *attn_program_describe(const attn_program *program, char **json);
ATTN_API void attn_text_free(char *text);

/* ---- running --------------------------------------------------------------- */

/* `entry` is the name of one of the program's models; NULL is the first. */
ATTN_API attn_error *attn_context_create(const attn_model *model, const char *entry,
                                         attn_context **context);
/* NULL is allowed. */
ATTN_API void attn_context_free(attn_context *context);

/* Binds an input by name until it is bound again. The sizes are copied, the data is
 * borrowed. Checks name, type, rank and constant sizes; whether inputs agree with each
 * other is checked by attn_run. */
ATTN_API attn_error *attn_bind_input(attn_context *context, const char *name,
                                     const attn_tensor *tensor);

/* Runs the entry on the inputs that are bound. */
ATTN_API attn_error *attn_run(attn_context *context);

/* The output of the last run. `name` may be NULL for the first output. */
ATTN_API attn_error *attn_output(const attn_context *context, const char *name,
                                 attn_tensor *tensor);
ATTN_API size_t attn_output_count(const attn_context *context);
/* NULL when there is no such output. */
ATTN_API const char *attn_output_name(const attn_context *context, size_t index);

/* Gives the next runs a seed, or none, as at first. Without one dropout gives what it
 * takes; with one it drops, the same elements for the same seed on every machine, and a
 * run with another seed is one with another mask. Entries without dropout do not read
 * it. docs/language.md says how the mask follows from the seed. */
ATTN_API void attn_set_seed(attn_context *context, uint64_t seed);
ATTN_API void attn_clear_seed(attn_context *context);

/* ---- process wide ---------------------------------------------------------- */

/* How many threads kernels may use, the calling one included: 1 to 256, or 0 for as many
 * as the process may run on. To be called while no context runs. */
ATTN_API attn_error *attn_set_threads(int32_t count);

/* The device on which models run that are opened from now on, by its number or a part of
 * its name; NULL is the first. Only programs that were compiled for OpenCL or CUDA read
 * it, and attn_model_open says where there is none such. */
ATTN_API attn_error *attn_set_device(const char *device);

/* ---- profile --------------------------------------------------------------- */

/* Turns the measuring of each kernel call on (with counters at zero) or off. */
ATTN_API attn_error *attn_set_profile(attn_context *context, int32_t on);

/* What was measured, as JSON: {"runs", "total_ms", "kernels": [{"kernel", "name",
 * "calls", "ms", "share", "gflops", "gbytes_per_s", "mask_tiles"?: {"empty", "cut",
 * "full"}}]}, summed over the runs, the longest first; share is of total_ms, the rates
 * are null where the compiler counted no work. Mask tiles, tiles of queries by chunks
 * of keys, are there for attention that decides about them: empty ones cost nothing. Free the text with attn_text_free. */
ATTN_API attn_error *attn_profile_json(const attn_context *context, char **json);

#ifdef __cplusplus
}
#endif
#endif
