// Runs a BodyProgram over lanes.
#pragma once

#include "reference/BodyProgram.h"

namespace attune::reference {

class BodyEvaluator {
public:
  /// Lanes that registers hold in stages: all registers of a usual body stay in
  /// the second-level cache.
  static constexpr int64_t stageLanes = 256;

  BodyEvaluator(const BodyProgram &program, int64_t capacity);

  /// Gives an argument its value: the same in every lane, `first` plus the
  /// lane's number, or what the caller writes to the lanes.
  void setUniform(unsigned argument, int64_t value);
  void setRun(unsigned argument, int64_t first);
  int64_t *integerLanes(unsigned argument);
  double *floatLanes(unsigned argument);

  int64_t lanes() const { return capacity; }
  llvm::Error run(int64_t count);

  /// The lanes' results to out[0], out[stride], …
  void store(double *out, int64_t stride) const;
  /// The lanes' results combined with out[0], out[stride], …
  void combineInto(Combine combine, double *out, int64_t stride) const;

private:
  /// An arithmetic progression over the lanes until somebody needs its values.
  struct IntegerRegister {
    bool isProgression = false;
    int64_t first = 0, step = 0;
    int64_t filled = 0;
  };

  double *floats(Register r) { return &floatStore[r.index * capacity]; }
  const double *floats(Register r) const {
    return &floatStore[r.index * capacity];
  }
  const int64_t *read(uint32_t integer);
  int64_t *write(uint32_t integer);
  void setProgression(uint32_t integer, int64_t first, int64_t step);

  llvm::Error runSteps(const std::vector<Step> &steps);
  llvm::Error runStep(const ScalarStep &step);
  llvm::Error runStep(const LoadStep &step);
  llvm::Error runStep(const std::unique_ptr<ReduceStep> &step);
  llvm::Error runStep(const NormalizeStep &step);
  llvm::Error runStep(const DropoutStep &step);
  bool runProgression(const ScalarStep &step);
  llvm::Error runDot(const ReduceStep &step);
  llvm::Error outOfRange(const Tensor &tensor, unsigned axis, int64_t index);

  const BodyProgram &program;
  int64_t capacity, count = 0;
  std::vector<double> floatStore;
  std::vector<int64_t> integerStore;
  std::vector<IntegerRegister> integers;
  std::vector<int64_t> offsets[2];
};

/// Calls `visit` with every index below `extents`, the last one fastest.
llvm::Error
forEachPoint(llvm::ArrayRef<int64_t> extents,
             llvm::function_ref<llvm::Error(llvm::ArrayRef<int64_t>)> visit);

} // namespace attune::reference
