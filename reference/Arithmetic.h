// How the interpreter computes.
#pragma once

namespace attune::reference {

enum class Arithmetic {
  /// What a program means: float64, nothing rounded.
  Float64,
  /// What the program computes without any optimisation: each operation's
  /// result is rounded to its type, sums of floats are taken in f32, one number
  /// after another in row-major order, and tensors hold their element types.
  Plain,
};

} // namespace attune::reference
