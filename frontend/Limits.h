// Every limit that keeps a hostile or mistaken model from exhausting the
// compiler. Each one has its own error message; none is a silent cut-off.
#ifndef ATTUNE_FRONTEND_LIMITS_H
#define ATTUNE_FRONTEND_LIMITS_H

#include <cstddef>
#include <cstdint>

namespace attune::frontend::limits {

/// A model is text that people write; weights live elsewhere.
inline constexpr size_t fileBytes = size_t(4) << 20;
/// Files reached through `use`.
inline constexpr size_t files = 256;
/// Brackets, blocks and prefix operators inside one another.
inline constexpr unsigned nesting = 256;
/// Calls inside calls when functions are put in place. With `nesting` this
/// bounds the native stack: see `evaluationDepth`.
inline constexpr unsigned callDepth = 100;
/// Expressions and calls active at once. One level costs at most 2 KiB of
/// stack in an optimised build, so the worst case fits a stack of 8 MiB.
inline constexpr unsigned evaluationDepth = 1200;
/// Iterations of all `for` loops of a program together.
inline constexpr int64_t iterations = 100000;
/// Expressions evaluated, over all inlined calls and iterations.
inline constexpr uint64_t evaluations = 1u << 20;
/// Operations of the emitted IR, bodies included. A Transformer layer needs
/// about 300.
inline constexpr uint64_t operations = 1u << 17;
/// Characters of one weight's full name.
inline constexpr size_t pathLength = 1024;
/// Axes of one tensor.
inline constexpr unsigned rank = 16;
/// One axis: extents are 32-bit in the kernels.
inline constexpr int64_t axisSize = (int64_t(1) << 31) - 1;
/// Elements of one tensor whose sizes are known.
inline constexpr int64_t elements = int64_t(1) << 40;
/// Errors printed before the compiler gives up.
inline constexpr unsigned errors = 20;
/// Characters of one message; a name or a type can be as long as its file.
inline constexpr size_t messageLength = 1000;
/// Characters of a source line that a diagnostic prints.
inline constexpr size_t printedColumns = 160;

} // namespace attune::frontend::limits

#endif
