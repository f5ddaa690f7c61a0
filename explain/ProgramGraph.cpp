#include "explain/ProgramGraph.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

/// The ops of `block` whose values `op` reads, reshapes looked through.
llvm::SetVector<Operation *> sourcesOf(Operation *op) {
  llvm::SetVector<Operation *> sources;
  auto add = [&](Value value) {
    Operation *source = value.getDefiningOp();
    while (auto reshape = dyn_cast_or_null<ReshapeOp>(source))
      source = reshape.getSource().getDefiningOp();
    if (source && source->getBlock() == op->getBlock())
      sources.insert(source);
  };
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (isa<attn::TensorType>(operand.getType()))
        add(operand);
  });
  return sources;
}

/// What an op is known by in both phases: fusion clones stages, and numbers those
/// of one name in a kernel.
std::string keyOf(Operation *op) {
  std::string key;
  llvm::raw_string_ostream os(key);
  if (auto stage = dyn_cast<StageOp>(op))
    os << stage.getName() << '\n' << stage.getPath().value_or("");
  else if (auto attention = dyn_cast<AttentionOp>(op))
    os << attention.getName() << '\n' << attention.getPath().value_or("");
  os << '\n' << op->getLoc();
  return key;
}

std::string keyWithoutNumber(StageOp stage) {
  std::string key = keyOf(stage);
  auto [name, number] = stage.getName().rsplit('.');
  if (number.empty() || !llvm::all_of(number, llvm::isDigit))
    return key;
  return name.str() + key.substr(stage.getName().size());
}

} // namespace

ProgramGraph graphOf(func::FuncOp simplified, func::FuncOp fused) {
  ProgramGraph graph;
  graph.function = simplified.getName().str();
  llvm::StringMap<size_t> kernelOfKey;
  llvm::DenseMap<Operation *, size_t> kernelNumber;
  for (auto kernel : fused.getOps<KernelOp>()) {
    size_t number = graph.kernels.size();
    kernelNumber[kernel] = number;
    ProgramGraph::Kernel &entry = graph.kernels.emplace_back();
    entry.name = kernel.getName().str();
    for (Operation *source : sourcesOf(kernel))
      if (auto found = kernelNumber.find(source); found != kernelNumber.end())
        entry.reads.push_back(found->second);
    for (Operation &op : kernel.getVariants().front().front().without_terminator()) {
      kernelOfKey.try_emplace(keyOf(&op), number);
      if (auto stage = dyn_cast<StageOp>(op))
        kernelOfKey.try_emplace(keyWithoutNumber(stage), number);
    }
  }
  // Readers first: what was computed inside of a reader has no stage any more.
  SmallVector<Operation *> ops;
  for (Operation &op : simplified.front())
    if (isa<StageOp, AttentionOp>(op))
      ops.push_back(&op);
  llvm::DenseMap<Operation *, size_t> kernelOf;
  for (Operation *op : llvm::reverse(ops)) {
    auto found = kernelOfKey.find(keyOf(op));
    std::optional<size_t> kernel = found == kernelOfKey.end() ? std::nullopt : std::optional(found->getValue());
    for (Operation *reader : ops)
      if (!kernel && kernelOf.count(reader) && sourcesOf(reader).contains(op))
        kernel = kernelOf[reader];
    if (kernel)
      kernelOf[op] = *kernel;
  }
  llvm::erase_if(ops, [&](Operation *op) { return !kernelOf.count(op); });
  llvm::stable_sort(ops, [&](Operation *a, Operation *b) { return kernelOf[a] < kernelOf[b]; });
  llvm::DenseMap<Operation *, size_t> position;
  for (auto [i, op] : llvm::enumerate(ops))
    position[op] = i;
  for (Operation *op : ops) {
    ProgramGraph::Node &node = graph.nodes.emplace_back();
    node.name = isa<StageOp>(op) ? cast<StageOp>(op).getName().str() : cast<AttentionOp>(op).getName().str();
    node.kernel = kernelOf[op];
    for (Operation *source : sourcesOf(op))
      if (auto found = position.find(source); found != position.end())
        node.reads.push_back(found->second);
  }
  return graph;
}

} // namespace attune
