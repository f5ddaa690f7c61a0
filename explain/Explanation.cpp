#include "explain/Explanation.h"
#include "dialect/Work.h"
#include "explain/LoopTrees.h"
#include "schedule/DeviceCost.h"
#include "schedule/DeviceRules.h"
#include "schedule/Fusions.h"
#include "schedule/Kernels.h"
#include "schedule/PrintSchedules.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Path.h"
#include <algorithm>
#include <set>

using namespace mlir;
using namespace attune::attn;
using llvm::StringRef;

namespace attune {

std::string Amount::text() const { return value ? std::to_string(*value) : size.str(); }

std::optional<double> KernelExplanation::predictedMs() const {
  if (!arithmeticMs || !memoryMs)
    return std::nullopt;
  return std::max(*arithmeticMs, *memoryMs);
}

namespace {

/// Where the stages of a kernel are written, by file and line.
class Sources {
public:
  void add(Location location) {
    location->walk([&](Location part) {
      if (auto place = dyn_cast<FileLineColLoc>(part))
        places.insert({llvm::sys::path::filename(place.getFilename()).str(), place.getLine()});
      return WalkResult::advance();
    });
  }
  std::vector<std::string> list() const {
    std::vector<std::string> texts;
    for (const auto &[file, line] : places)
      texts.push_back(file + ":" + std::to_string(line));
    return texts;
  }

private:
  std::set<std::pair<std::string, unsigned>> places;
};

std::string quoted(StringRef name) { return "'" + name.str() + "'"; }

/// What a kernel is about. The sum of a norm has a column of size 1.
enum class Kind { Attention, Product, Other };

Kind kindOf(KernelOp kernel) {
  Kind kind = Kind::Other;
  for (Operation &op : kernel.getVariants().front().front()) {
    if (isa<AttentionOp>(op))
      return Kind::Attention;
    auto stage = dyn_cast<StageOp>(op);
    if (stage && stage.isReduction() && stage.getRank() >= 2 && !stage.getType().getSizes().back().isConstant(1))
      kind = Kind::Product;
  }
  return kind;
}

class Explainer {
public:
  Explainer(const TargetInfo &target, const ExplanationFacts &facts) : target(target), facts(facts) {
    result.target = target.name;
    for (const auto &entry : facts.sizes)
      result.sizes.emplace_back(entry.getKey().str(), entry.getValue());
    llvm::sort(result.sizes);
    result.gflops = facts.gflops;
    result.gbytesPerSecond = facts.gbytesPerSecond;
  }

  void add(func::FuncOp fused, func::FuncOp scheduled) {
    std::vector<NamedKernel> before = namedKernels(fused), after = namedKernels(scheduled);
    // Later phases drop kernels that turn out the same; names keep both together.
    llvm::StringMap<KernelOp> byName;
    for (const NamedKernel &kernel : before)
      byName[kernel.numbered] = kernel.op;
    llvm::MapVector<StringRef, std::vector<const NamedKernel *>> groups;
    std::vector<std::string> patterns;
    for (const NamedKernel &kernel : after)
      patterns.push_back(kernel.pattern());
    for (auto [kernel, pattern] : llvm::zip(after, patterns))
      groups[pattern].push_back(&kernel);
    for (auto &[pattern, group] : groups) {
      bool alike = llvm::all_of(group, [first = KernelOp(group[0]->op)](const NamedKernel *other) mutable {
        KernelOp op = other->op;
        return op.getSchedules() == first.getSchedules() && op.getConditions() == first.getConditions();
      });
      if (alike && group.size() > 1) {
        add(scheduled, *group[0], byName.lookup(group[0]->numbered));
        result.kernels.back().name = pattern.str();
        result.kernels.back().count = group.size();
        result.kernels.back().names.clear();
        for (const NamedKernel *kernel : group)
          result.kernels.back().names.push_back(kernel->numbered);
        measure(result.kernels.back());
        continue;
      }
      for (const NamedKernel *kernel : group)
        add(scheduled, *kernel, byName.lookup(kernel->numbered));
    }
  }

  Explanation result;

private:
  void add(func::FuncOp function, const NamedKernel &named, KernelOp fused) {
    KernelExplanation &kernel = result.kernels.emplace_back();
    KernelOp op = named.op;
    kernel.function = function.getName().str();
    kernel.isPreparation = function->hasAttr(prepareAttrName);
    kernel.name = named.numbered;
    kernel.names = {named.numbered};
    Block &body = op.getVariants().back().front();
    KernelWork work = workOf(body);
    kernel.flops = amount(work.flops);
    kernel.bytes = amount(work.bytes);
    predict(kernel);
    measure(kernel);
    if (fused)
      addFusion(kernel, fused);
    bool found = false;
    for (unsigned i = 0; i < op.getVariants().size(); ++i) {
      addVariant(kernel, op, i);
      // The first whose condition holds.
      ConditionAttr condition = op.getCondition(i);
      std::optional<int64_t> size = condition ? amount(condition.getSize()).value : std::nullopt;
      bool holds = !condition || (size && *size <= condition.getBound());
      bool isKnown = !condition || size;
      kernel.variants.back().runs = !found && holds && isKnown && !result.sizes.empty();
      found |= kernel.variants.back().runs || !isKnown;
    }
  }

  Amount amount(SizeAttr size) const {
    auto value = evaluate(size, [&](StringRef symbol) -> std::optional<int64_t> {
      auto found = facts.sizes.find(symbol);
      return found == facts.sizes.end() ? std::nullopt : std::optional(found->getValue());
    });
    return {size, value};
  }

  void predict(KernelExplanation &kernel) const {
    if (!kernel.flops.value || !kernel.bytes.value || facts.gflops <= 0 || facts.gbytesPerSecond <= 0)
      return;
    kernel.arithmeticMs = *kernel.flops.value / facts.gflops * 1e-6;
    kernel.memoryMs = *kernel.bytes.value / facts.gbytesPerSecond * 1e-6;
  }

  /// A profile names kernels that are the same after one of them.
  void measure(KernelExplanation &kernel) const {
    for (const std::string &name : kernel.names)
      if (auto found = facts.measuredMs.find(name); found != facts.measuredMs.end())
        kernel.measuredMs = found->getValue();
  }

  // ---- what is computed together ----

  void addFusion(KernelExplanation &kernel, KernelOp fused) {
    Sources sources;
    for (Operation &op : fused.getVariants().front().front().without_terminator()) {
      sources.add(op.getLoc());
      if (auto attention = dyn_cast<AttentionOp>(op)) {
        // A matrix of scores, and one of weights.
        SizeAttr bytes = pairsOf(attention) * SizeAttr::constant(op.getContext(), 4);
        kernel.fused.push_back({"scores of " + attention.getName().str(), saved(bytes, 1)});
        kernel.fused.push_back({"weights of " + attention.getName().str(), saved(bytes, 1)});
        continue;
      }
      auto stage = dyn_cast<StageOp>(op);
      if (!stage || stage.getResult().use_empty())
        continue;
      llvm::SmallPtrSet<Operation *, 4> readers;
      bool leaves = false;
      for (Operation *user : stage.getResult().getUsers()) {
        leaves |= isa<YieldOp>(user) && user->getParentOp() == fused;
        readers.insert(user->getParentOp());
      }
      if (leaves)
        continue;
      attn::TensorType type = stage.getType();
      SizeAttr bytes = type.getElementCount() * SizeAttr::constant(op.getContext(), elementBytes(type.getElementType()));
      kernel.fused.push_back({stage.getName().str(), saved(bytes, readers.size())});
    }
    kernel.sources = sources.list();
    kernel.ending = endingOf(fused);
  }

  /// One write, and a read for each reader.
  Amount saved(SizeAttr bytes, unsigned reads) const {
    return amount(bytes * SizeAttr::constant(bytes.getContext(), 1 + reads));
  }

  /// Why the kernel ends where it ends.
  std::string endingOf(KernelOp kernel) {
    llvm::SetVector<Operation *> readers;
    SmallVector<Value> open{kernel.getResult()};
    while (!open.empty())
      for (Operation *user : open.pop_back_val().getUsers())
        if (auto reshape = dyn_cast<ReshapeOp>(user))
          open.push_back(reshape.getResult());
        else
          readers.insert(user);
    if (readers.empty())
      return "nothing reads its result";
    if (llvm::any_of(readers, [](Operation *op) { return !isa<KernelOp>(op); }))
      return isa<WriteOp>(readers.front()) ? "its result is prepared once, from weights" : "its result is the model's";
    if (readers.size() > 1) {
      std::string names;
      for (Operation *reader : readers)
        names += (names.empty() ? "" : reader == readers.back() ? " and " : ", ") + quoted(cast<KernelOp>(reader).getName());
      return "its result is stored once for all that read it: " + names;
    }
    auto reader = cast<KernelOp>(readers.front());
    std::string name = quoted(reader.getName());
    if (kernel->hasAttr(endsByFileAttrName))
      return "the schedule file splits " + name + " from it";
    Kind kind = kindOf(reader);
    if (kind == Kind::Attention)
      return name + " is attention: each query reads the rows of all keys";
    if (kindOf(kernel) == Kind::Attention)
      return name + " reads what all heads give at once, and a task has one head; `fuse` makes tasks of all heads";
    if (kind == Kind::Product)
      return name + " is a product: each of its panels reads whole rows of this result; `fuse` makes tasks of rows of both";
    return name + " reads other rows than this kernel computes together";
  }

  // ---- how it runs ----

  void addVariant(KernelExplanation &kernel, KernelOp op, unsigned i) {
    KernelVariant &variant = kernel.variants.emplace_back();
    if (ConditionAttr condition = op.getCondition(i))
      variant.condition = condition.getSize().str() + " <= " + std::to_string(condition.getBound());
    if (ScheduleAttr schedule = op.getSchedule(i))
      variant.tiles = tilesText(schedule.getTiles());
    auto changed = op->getAttrOfType<DenseI64ArrayAttr>(changedVariantsAttrName);
    variant.isFromFile = changed && llvm::is_contained(changed.asArrayRef(), i);
    llvm::Expected<ScheduledKernel> planned = planSchedule(op.getVariants()[i].front(), op.getSchedule(i));
    if (!planned) // refused before it gets here, with its place
      return llvm::consumeError(planned.takeError());
    variant.loops = loopTrees(planned->plan);
    for (const StagePlan &stage : planned->plan.stages)
      if (stage.isInlined)
        variant.inlined.push_back(stage.shape.name);
    bool isOnDevice = usesDevice(planned->plan);
    Footprint footprint(planned->plan, planned->stages, isOnDevice ? Division::Aligned : Division::Bound);
    if (isOnDevice)
      variant.block = DeviceBlock{threadsOfBlocks(planned->plan), sharedBytesOfBlocks(planned->plan, footprint), {}, {},
                                  cycles(*planned, op.getSchedule(i))};
    else
      variant.taskBytes = taskBytes(*planned, footprint);
    for (auto [index, stage] : llvm::enumerate(planned->plan.stages)) {
      if (stage.isInlined || stage.shape.isResult || stage.at)
        continue;
      StageOp op = planned->stages[index];
      SizeAttr bytes = op.getType().getElementCount() *
                       SizeAttr::constant(op.getContext(), elementBytes(op.getType().getElementType()));
      variant.stored.push_back({stage.shape.name, saved(bytes, footprint.readsOf(index).size())});
    }
  }

  std::optional<int64_t> cycles(const ScheduledKernel &planned, ScheduleAttr schedule) const {
    bool areKnown = true;
    auto sizeOf = [&](SizeAttr size) {
      std::optional<int64_t> value = amount(size).value;
      areKnown &= value.has_value();
      return value.value_or(1);
    };
    double cycles = cyclesOf(gridWorksOf(planned, schedule, target.multiprocessor, sizeOf), target.multiprocessor);
    constexpr double most = 1e18; // a number of 64 bits holds more
    return areKnown && cycles < most ? std::optional(static_cast<int64_t>(cycles)) : std::nullopt;
  }

  /// Of the stages inside of loops, which are kept at the same time at most.
  static std::optional<int64_t> taskBytes(const ScheduledKernel &kernel, const Footprint &footprint) {
    int64_t total = 0;
    for (auto [i, stage] : llvm::enumerate(kernel.plan.stages)) {
      if (stage.isInlined || !stage.at)
        continue;
      std::optional<int64_t> bytes = footprint.bytes(i);
      if (!bytes || llvm::AddOverflow(total, *bytes, total))
        return std::nullopt;
    }
    return total;
  }

  const TargetInfo &target;
  const ExplanationFacts &facts;
};

} // namespace

Explanation explain(ModuleOp fused, ModuleOp scheduled, const TargetInfo &target, const ExplanationFacts &facts) {
  Explainer explainer(target, facts);
  for (func::FuncOp function : scheduledFunctions(scheduled))
    if (auto before = fused.lookupSymbol<func::FuncOp>(function.getName()))
      explainer.add(before, function);
  return std::move(explainer.result);
}

} // namespace attune
