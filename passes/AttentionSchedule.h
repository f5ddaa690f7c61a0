// The default schedule of an attention, stage by stage.
#pragma once

#include "passes/AttentionForm.h"
#include "dialect/Attn.h"
#include "passes/ScheduleBuilder.h"
#include "passes/ScheduleTable.h"

namespace attune {

struct PairClass;

/// A task is a tile of queries of one head. Its vectors lie along the queries,
/// so that nothing horizontal is left to do, but for the values, which lie along
/// their features. With few queries a task is a chunk of keys for one query and
/// all heads, whose rows lie side by side: what a key has is read once, in order.
/// Vectors lie along keys and features there.
class AttentionSchedule {
public:
  /// `result` is the stage that gives the attention's result; `isInner` where what
  /// follows in the same kernel has the tasks, and all heads are computed in each.
  AttentionSchedule(attn::AttentionOp op, llvm::StringRef result, AttentionForm form,
                    const AttentionTable &table, bool isInner);

  /// Whether sums of bf16 take their terms two by two.
  bool usesPairs() const { return table.steps > 1 && !form.isFew(); }
  /// Whether sums read copies of values, in panels.
  bool copiesValues() const { return (form.chunk ? table.copiesOperands : table.copiesRowValues) && !form.isFew(); }
  /// Whether those and copies of keys are made once for all tiles. One tile reads keys once anyway, and where keys are
  /// few a tile's own copy of the values is faster than waiting for threads to share the work.
  bool sharesCopies() const { return copiesValues() && form.chunk && !isOneTile; }
  /// Whether copies of 16-bit operands are f32.
  bool widensCopies() const { return table.widensCopies; }
  /// Whether sums leave out values of dropped pairs one by one, as no copy pays that has
  /// none but finite numbers: one query reads a value once.
  bool selectsValues() const { return table.selectsValues || form.isFew(); }
  /// Whether functions that are one quotient, tanh and erf, may stand between the register tiles of the sums.
  bool dividesInTiles() const { return table.dividesInTiles; }
  /// Whether the greatest score and the sum of a chunk's row are stored together.
  bool joinsStatistics() const { return table.joinsStatistics; }
  /// How many features are summed together, in registers: a panel.
  int64_t panelFeatures() const { return panelVectors() * table.lanes; }
  bool hasPanels() const { return panelVectors() < featureVectors(); }

  /// What a sum reads of a query, and values of a query alone.
  void addOfQuery(llvm::StringRef stage, llvm::StringRef lanesAxis);
  /// A copy with queries side by side, which had `size` elements of another axis side by side.
  void addQueryCopy(llvm::StringRef stage, llvm::StringRef axis, attn::SizeAttr size);
  /// What is computed once for the whole kernel.
  void addWhole(llvm::StringRef stage, llvm::StringRef lanesAxis);
  /// Sums over `feature` for each pair. A `plain` sum has nothing but products
  /// in its body; the others need more registers. Where `scores` is given, the
  /// register tile goes straight into that stage.
  void addSum(llvm::StringRef stage, const PairClass &pairs, llvm::StringRef feature, bool isPlain,
              llvm::StringRef scores, unsigned sums, bool ofPairs);
  /// Scores in the register tiles of their sums.
  void addScoresOfTiles(llvm::StringRef stage, const PairClass &pairs, bool isPlain, unsigned sums);
  void addPairs(llvm::StringRef stage, const PairClass &pairs);
  /// A maximum or sum over the keys of a row.
  void addKeyReduction(llvm::StringRef stage, const PairClass &pairs);
  void addValues(llvm::StringRef stage, const PairClass &pairs);
  /// Of chunks of two kinds, the usual one first.
  void addValuesOfKinds(llvm::StringRef stage, const PairClass &pairs, llvm::ArrayRef<llvm::StringRef> kinds);
  /// Dot products over keys two by two, and their operands: weights and values
  /// with two keys side by side. Likewise what sums read of a query.
  void addValuesOfPairs(llvm::StringRef stage, const PairClass &pairs);
  void addWeightPairs(llvm::StringRef stage, const PairClass &pairs);
  void addValuePairs(llvm::StringRef stage);
  void addQueryPairs(llvm::StringRef stage);
  /// A copy of a chunk's values, the greatest magnitude among them, and a sum over
  /// those that are not finite. With chunks magnitudes are facts
  /// about all tiles: computed in a chunk they would make Halide forget which
  /// chunks are skipped.
  void addOfKeys(llvm::StringRef stage, const PairClass &pairs);
  /// A copy of all keys or values, with these axes inside its head's; the last one is contiguous.
  void addOperandCopy(llvm::StringRef stage, llvm::ArrayRef<llvm::StringRef> axes);
  void addKeyMagnitudes(llvm::StringRef stage, const PairClass &pairs);
  void addInfiniteValues(llvm::StringRef stage, const PairClass &pairs);
  /// Chunks whose sums are added up before they are stored; 1 where each is.
  int64_t chunksTogether() const;
  /// Their sums; `skips` where some are left out, as the last segment may have fewer.
  void addSegment(bool skips);
  /// The statistics and values of `parts`, chunks or segments.
  void addPartials(llvm::StringRef parts, llvm::ArrayRef<std::string> pieces);
  /// Numbers of a row; `parts` is the axis along which those of chunks or segments are combined,
  /// `skips` where empty ones are left out.
  void addRow(llvm::StringRef stage, llvm::StringRef parts = "", bool skips = false);
  /// What scales the parts of a row.
  void addFactors(llvm::StringRef stage);
  void addCombinedValues(llvm::StringRef stage, llvm::StringRef parts, bool skips);
  /// Facts about tiles that are looked up while running.
  void addTileFacts(llvm::StringRef stage, llvm::ArrayRef<llvm::StringRef> parallelAxes);
  /// Greatest magnitudes over the features of a tile's or chunk's rows.
  void addTileMagnitudes(llvm::StringRef stage, llvm::StringRef feature, attn::SizeAttr count);
  void addResult();
  /// The result where there are no keys.
  void addZeros();

  attn::ScheduleAttr build() const { return schedule.build(); }

private:
  void addValues(llvm::StringRef stage, const PairClass &pairs, llvm::ArrayRef<std::string> terms);
  void addMagnitudes(llvm::StringRef stage, llvm::StringRef level, llvm::StringRef feature, attn::SizeAttr count);
  std::string lanesOf(llvm::StringRef axis) const;
  std::string task() const;
  std::string chunkLevel(const PairClass &pairs) const;
  int64_t queryVectors(unsigned sums) const;
  int64_t keysOfTile(bool isPlain, unsigned sums) const;
  int64_t featureVectors() const;
  /// Vectors of features in one pass over the keys.
  int64_t panelVectors() const;
  /// Queries that share what is read of a value.
  int64_t valueRows() const;

  attn::SizeAttr features, depth;
  AttentionForm form;
  const AttentionTable &table;
  std::string result;
  bool isInner, isOneTile;
  ScheduleBuilder schedule;
};

} // namespace attune
