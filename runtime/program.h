/* program.h - the contract between the code that attnc generates and the runtime.
 *
 * Not for users of a model: they need attune.h alone. Whoever changes a struct, a
 * function or the description's form here raises ATTN_PROGRAM_ABI.
 */
#ifndef ATTUNE_PROGRAM_H
#define ATTUNE_PROGRAM_H

#include "attune.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ATTN_PROGRAM_ABI 5

/* One entry, or the preparation. `run` goes on to kernels as Halide's user context and
 * to the functions below. `sizes` are the values of the entry's size symbols, in the
 * order of its "sizes". `buffers` are pointers to dense row-major data:
 *   of an entry:          inputs, the seed of an entry that has one, outputs, weights,
 *                         prepared, temporaries of the entry
 *   of the preparation:   weights, prepared, temporaries of the preparation
 * each in the order of the description; weights and prepared are all of the program's.
 * On a device they are handles instead, what `device` of a halide_buffer_t is.
 * Outputs, prepared tensors and temporaries start at 64-byte boundaries, inputs and
 * weights at boundaries of their element type. A tensor has less than 2^31 elements, a
 * size is below 2^31, and a tensor without elements may have any pointer.
 * Gives 0, or another value once the error has been reported to the run (by a kernel
 * through halide_error, or by attn_run_check_indices). */
typedef int32_t (*attn_entry_function)(void *run, const int64_t *sizes,
                                       void *const *buffers);

/* Opens the device that `choice` names ("" for the first) and gives it to the runtime:
 * an attune::runtime::Device, which `device.h` declares. */
typedef attn_error *(*attn_device_opener)(const char *choice, void **device);

struct attn_program {
  uint32_t abi;                       /* ATTN_PROGRAM_ABI */
  uint32_t entry_count;               /* of description.entries: `entries` has one more */
  const char *description;            /* JSON, see below; no terminator needed */
  uint64_t description_size;
  const attn_entry_function *entries; /* [0] the preparation or null, [1 + i] entry i */
  const void *weights;                /* an embedded safetensors file, or null */
  uint64_t weights_size;
  attn_device_opener open_device;     /* null: kernels run on the processor */
};

/* The program's symbol is attn_program_NAME. An executable also has this one, by which
 * main() finds its program. */
extern const attn_program *const attn_main_program;

/* Called by generated code. `call` is an index into the "calls" of the entry or of the
 * preparation, `check` one into the entry's "index_checks". */

/* Whether all values, i32, are at least 0 and below `upper`: 0, or 1 after reporting the
 * first that is not. With `may_be_none` a first value of INT32_MIN says that nothing is
 * read at them. */
int32_t attn_run_check_indices(void *run, const void *values, int64_t count, int64_t upper,
                               int32_t check, int32_t may_be_none);
/* Copies tensors of a device: 0, or 1 after reporting an error. */
int32_t attn_run_copy(void *run, void *to, const void *from, int64_t bytes);
/* Around each kernel call. The first gives 0, or 1 after reporting an error. */
int32_t attn_run_begin_call(void *run, int32_t call);
void attn_run_end_call(void *run, int32_t call);
/* Whether the run is profiled. The time of the call ends here: what follows up to the
 * end of the call is done for the profile's sake. */
int32_t attn_run_profiling(void *run);
/* Mask tiles of the call's attention, i32: [0] empty, [1] cut, [2] full. Gives 0, or 1
 * after reporting an error. */
int32_t attn_run_count_tiles(void *run, const void *counts);
/* The openers of libattune_opencl.a and libattune_cuda.a. */
attn_error *attn_open_opencl(const char *choice, void **device);
attn_error *attn_open_cuda(const char *choice, void **device);

/* The description:
 * {"abi": 5, "name": "minilm", "target": "x86-64-v4",
 *  "cpu_features": ["avx2", ..],                       LLVM's names
 *  "weights":  [{"name", "type", "sizes": [INT ..],
 *                "prepares_only": null | [CALL, CALL]}],
 *  "prepared": [{"name", "type", "sizes": [INT ..]}],
 *  "prepare":  null | {"temporaries": [..], "calls": [..]},
 *  "entries": [{
 *    "name", "sizes": ["batch" ..],                    the size symbols
 *    "seed": null | "seeds",                           the size symbol of the seed
 *    "inputs":  [{"name", "type", "sizes": [SIZE ..]}],
 *    "outputs": [{"name", "type", "sizes": [SIZE ..]}],
 *    "size_checks":  [{"size": SIZE, "at_most": SIZE, "message"}],
 *    "index_checks": [{"message", "source": "input's name" | null}],
 *    "temporaries": [{"type", "sizes": [SIZE ..], "first": CALL, "last": CALL}],
 *    "calls": [{"kernel", "name", "flops": SIZE, "bytes": SIZE}]}]}
 * SIZE is an integer, a symbol, or ["add"|"mul"|"floordiv"|"ceildiv"|"mod", SIZE, SIZE].
 * Types are f32 f16 bf16 i32 i8 bool. The seed is i32 with 2 elements, the low and the
 * high half of the run's 64-bit seed, or 0 where the run has none. A temporary lives
 * from call `first` to call `last`, both included. Nothing reads a weight with
 * "prepares_only" but the preparation, from the first of the two calls to the last. */

#ifdef __cplusplus
}
#endif
#endif
