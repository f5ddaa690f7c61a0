// The search for a faster schedule of one kernel.
#pragma once

#include "tools/attn-tune/CostModel.h"
#include "tools/attn-tune/Journal.h"
#include "tools/attn-tune/KernelModel.h"
#include "tools/attn-tune/Moves.h"
#include "tools/attn-tune/Workshop.h"
#include "tools/attnc/ProgressLine.h"
#include <functional>
#include <memory>

namespace attune::tune {

struct KernelTuning {
  attn::ScheduleAttr schedule; ///< the default where nothing was faster
  attn::ScheduleAttr before;   ///< the default for the schedule's tiles
  double ratio = 1;            ///< its time by the default's
};

class KernelTuner {
public:
  /// `key` is what the journal knows the kernel by, `warn` hears of schedules
  /// that gave wrong results.
  KernelTuner(const KernelModel &model, std::string key, std::string target, const Sizes &sizes, const Machine &machine, Workshop &workshop,
              Journal &journal, std::function<void(const llvm::Twine &)> progress,
              std::function<void(const llvm::Twine &)> warn);

  /// Climbs from the best schedule that the journal has, or from the default:
  /// what is one move away is ranked by the cost model, compiled and measured
  /// against the best, in order, until the time is over or nothing is left.
  llvm::Expected<KernelTuning> tune(const Deadline &deadline);

  size_t measured() const { return count; }

private:
  struct Contender {
    attn::ScheduleAttr schedule;
    std::string text;
    std::vector<std::string> changes;
    double predicted; ///< time by the best's
    bool hasOtherTiles = false; ///< than the best: comes first
  };

  llvm::Error begin(const Deadline &deadline);
  /// The kernel as the schedule's tiles make it; null where they cannot be.
  const KernelModel *modelFor(attn::ScheduleAttr schedule);
  std::optional<KernelCost> predict(attn::ScheduleAttr schedule);
  std::vector<Contender> contenders();
  /// Where the prediction has been wrong about a change before, corrected.
  double expected(const Contender &contender) const;
  std::vector<Candidate> compile(llvm::ArrayRef<Contender> batch, double limit);
  /// Whether `candidate` is the best from now on.
  llvm::Expected<bool> contest(const Contender &contender, const Candidate &candidate, const Deadline &deadline);
  llvm::Expected<KernelTuning> confirm(const Deadline &deadline);
  llvm::Error note(const Contender &contender, Outcome outcome, llvm::json::Object remarks);

  const KernelModel &model;
  std::string key, target;
  const Sizes &sizes;
  const Machine &machine;
  Workshop &workshop;
  Journal &journal;
  std::function<void(const llvm::Twine &)> progress, warn;
  Candidate defaultProgram, bestProgram;
  attn::ScheduleAttr best;
  std::vector<std::unique_ptr<KernelModel>> others; ///< for other tiles
  double milliseconds = 0; ///< of the default
  double gain = 1;
  /// By change: what was measured of schedules with it by what was predicted.
  struct Correction {
    double product = 1;
    unsigned count = 0;
  };
  std::map<std::string, Correction> corrections;
  size_t count = 0;
};

/// The schedule as one line, and back; null where the text is none.
std::string textOf(attn::ScheduleAttr schedule);
attn::ScheduleAttr parseSchedule(llvm::StringRef text, mlir::MLIRContext *context);

} // namespace attune::tune
