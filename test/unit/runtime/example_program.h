// A program written by hand as attnc would generate one, for tests of the runtime.
//
// Entry "embed" (symbols rows, width is 4):
//   x: f32 [rows, 4], ids: i32 [rows], keep: bool [rows]
//   result: f32 [rows, 4] = keep[r] ? x[r] + 2 * table[ids[r]] : 0,   rows at most 100
//   total: f32 [] = the sum of all results
// Entry "fail": x: f32 [n]; its kernel reports an error when x[0] is 1, and asks for
//   more scratch memory than there is when x[0] is 2.
// Weights: table f32 [5, 4]. The preparation doubles it.
#ifndef ATTUNE_TEST_UNIT_RUNTIME_EXAMPLE_PROGRAM_H
#define ATTUNE_TEST_UNIT_RUNTIME_EXAMPLE_PROGRAM_H

#include "attune.h"

#include <string>

extern "C" ATTN_API const attn_program attn_program_example;

/// The example with another description, for tests of damaged ones.
attn_program exampleWith(const std::string &description);
std::string exampleDescription();

#endif
