// The words of #attn.schedule, applied to Halide Funcs.
//
// Loops of a stage are its axes (and, where it reduces, the reduced axes) by
// name. `tile` makes more of them. A directive about an axis applies to each
// definition of the stage (where a reduction starts, and its update) that has
// the axis. Whatever order they are written in, directives apply in this one:
//
//   in stack|heap|register   where the stage's values are kept
//   full AXIS…               computed over the whole axis
//   layout AXIS…             order of the values in memory, innermost first
//   tile AXIS.LABEL N [T]    cuts AXIS: AXIS.LABEL runs over pieces of N, AXIS in a piece
//   pieces AXIS NAME…        a body of selects c1 ? v1 : c2 ? v2 : … : v becomes a loop along AXIS for
//                            each arm, which runs where its condition holds and skips what only
//                            that arm needs elsewhere. `STAGE.NAME.LOOP` are the loops of an arm
//   sparse                   elements of no arm stay unset: their readers skip them
//   skip                     a reduction whose body is select(c, v, identity) leaves out what c excludes
//   lanes AXIS N [T]         N elements of AXIS in a vector; the rest of the loop keeps the name
//   unroll AXIS [N] …        N copies of the loop's body; without N the whole loop
//   order LOOP…              innermost first; loops not named keep their places
//   parallel LOOP…           outermost first; they become the outermost loops and, unless one is
//                            reduced, are fused to one. `STAGE.parallel` is the innermost of them.
//   partial AXIS N LANES     a reduction by N partial sums in vectors of LANES
//   registers                a reduction accumulates in registers: lanes and unroll of its axes
//                            make a tile that is written once it is done; each axis of the tile
//                            also has a loop AXIS.block over tiles, which `order` may arrange
//   at root|STAGE.LOOP       computed in that loop of a consumer
//   store root|STAGE.LOOP    kept for the duration of that loop
//   inline                   computed where it is used, as are pure stages without an entry
//
// T says what happens where N does not divide the loop: `guard` tests each
// element, `pad` computes more than asked for (not for the result), `shift`
// computes some twice (pure stages). Default: guard for reduced axes and the
// result, pad elsewhere.
//
// Default order, innermost first: lanes, unrolled parts, in updates the reduced
// axes, the other axes from the last to the first.
#pragma once

#include "codegen/halide/Kernel.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

namespace attune::kernels {

void applySchedule(Kernel &kernel, llvm::function_ref<void(llvm::StringRef)> warn);

} // namespace attune::kernels
