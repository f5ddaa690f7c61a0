// The default schedule of an attention in split form, stage by stage.
#pragma once

#include "dialect/Attn.h"
#include "passes/ScheduleBuilder.h"
#include "passes/ScheduleTable.h"

namespace attune {

/// A task is a tile of queries of one head. Its vectors lie along the queries,
/// so that nothing horizontal is left to do, but for the values, which lie along
/// their features.
class AttentionSchedule {
public:
  /// `result` is the stage that gives the attention's result.
  AttentionSchedule(attn::AttentionOp op, llvm::StringRef result,
                    const AttentionTable &table);

  /// A stage on pairs or rows of a task; `reducesKeys` where it reduces them.
  void addAlongQueries(llvm::StringRef stage, bool reducesKeys = false);
  /// A sum over `feature` for each pair of a task, in register tiles.
  void addSum(llvm::StringRef stage, llvm::StringRef feature);
  /// A sum that a sum over `feature` reads: of a task where it depends on the
  /// query, of the whole kernel where it does not.
  void addInnerSum(llvm::StringRef stage, llvm::StringRef feature, bool ofQuery);
  void addValues();
  void addResult();

  attn::ScheduleAttr build() const { return schedule.build(); }

private:
  std::string lanesOf(llvm::StringRef axis) const;

  attn::SizeAttr features;
  const AttentionTable &table;
  std::string result, task;
  ScheduleBuilder schedule;
};

} // namespace attune
