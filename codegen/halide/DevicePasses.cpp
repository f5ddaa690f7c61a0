#include "codegen/halide/DevicePasses.h"
#include "codegen/halide/Kernel.h"
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace attune::kernels {

using namespace Halide::Internal;
using Halide::Expr;

// ---- what the processor reads ----

static bool endsWith(const std::string &text, const std::string &end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

Stmt ProcessorReads::visit(const LetStmt *let) {
  if (!endsWith(let->name, ".used") && !endsWith(let->name, ".loaded"))
    return IRMutator::visit(let);
  class Finder : public IRGraphVisitor {
  public:
    bool found = false;

  protected:
    using IRGraphVisitor::visit;
    void visit(const Load *) override { found = true; }
  } loads;
  let->value.accept(&loads);
  return LetStmt::make(let->name, loads.found ? const_true() : let->value, mutate(let->body));
}

Stmt ProcessorReads::visit(const For *loop) {
  bool isDevice = loop->for_type == ForType::GPUBlock || loop->for_type == ForType::GPUThread;
  return isDevice ? Stmt(loop) : IRMutator::visit(loop);
}

Expr ProcessorReads::visit(const Load *load) {
  throw KernelError("the processor would read '" + load->name + "' to start it, and that is on the device: loops over blocks and " +
                    "threads may not depend on the elements of tensors");
}

// ---- what blocks share ----

Stmt SharedMemory::visit(const For *loop) {
  if (isBlock || loop->for_type != ForType::GPUBlock)
    return IRMutator::visit(loop);
  isBlock = true;
  bytes = 0;
  Stmt whole = IRMutator::visit(loop);
  isBlock = false;
  return whole;
}

Stmt SharedMemory::visit(const Allocate *kept) {
  if (isBlock && kept->memory_type == Halide::MemoryType::GPUShared) {
    bytes += int64_t(kept->constant_allocation_size()) * kept->type.bytes();
    if (bytes > most)
      throw KernelError("the threads of a block share " + std::to_string(bytes) + " bytes, and " + std::to_string(most) +
                        " are the most: make tiles smaller");
  }
  return IRMutator::visit(kept);
}

// ---- sizes of grids ----

Stmt GridSizes::visit(const For *loop) {
  if (loop->for_type != ForType::GPUBlock)
    return IRMutator::visit(loop);
  constexpr int mostBlocks = 65535;
  /// One of the parts of what several launches do.
  struct Part {
    std::string name;
    Expr count;
  };
  // Loops over blocks that stand right inside of each other, the first dimension innermost.
  class Parts : public IRMutator {
  public:
    std::vector<Part> parts;

  protected:
    using IRMutator::visit;
    Stmt visit(const For *loop) override {
      if (loop->for_type != ForType::GPUBlock)
        return loop;
      Stmt body = mutate(loop->body);
      bool isFirst = endsWith(loop->name, ".block_id_x");
      std::optional<int64_t> blocks = as_const_int(loop->extent);
      if (isFirst || (blocks && *blocks <= mostBlocks))
        return For::make(loop->name, loop->min, loop->extent, loop->for_type, loop->partition_policy, loop->device_api, body);
      std::string name = unique_name("launch");
      Expr begin = Variable::make(Halide::Int(32), name) * mostBlocks;
      parts.push_back({name, (loop->extent + (mostBlocks - 1)) / mostBlocks});
      body = substitute(loop->name, Variable::make(Halide::Int(32), loop->name) + begin, body);
      return For::make(loop->name, loop->min, Halide::min(loop->extent - begin, mostBlocks), loop->for_type, loop->partition_policy, loop->device_api, body);
    }
  } inside;
  Stmt grid = inside.mutate(Stmt(loop));
  for (const Part &part : inside.parts)
    grid = For::make(part.name, 0, part.count, ForType::Serial, Halide::Partition::Never, Halide::DeviceAPI::None, grid);
  return grid;
}

// ---- strict comparisons ----

namespace {

Expr like(const Expr &bits, int value) { return Halide::Internal::make_const(bits.type(), value); }
Expr magnitude(const Expr &bits) { return bits & like(bits, 0x7fffffff); }
Expr isNumber(const Expr &bits) { return magnitude(bits) <= like(bits, 0x7f800000); }
Expr areZero(const Expr &a, const Expr &b) { return magnitude(a | b) == like(a, 0); }
/// Ordered as the numbers are, but for -0 below 0.
Expr ordered(const Expr &bits) { return bits ^ ((bits >> like(bits, 31)) & like(bits, 0x7fffffff)); }

} // namespace

Expr StrictComparisons::visit(const Call *call) {
  bool isEqual = call->is_intrinsic(Call::strict_eq), isLess = call->is_intrinsic(Call::strict_lt);
  if ((!isEqual && !isLess) || !call->type.is_vector() || call->args[0].type().element_of() != Halide::Float(32))
    return IRMutator::visit(call);
  Halide::Type integers = Halide::Int(32, call->type.lanes());
  Expr a = Halide::reinterpret(integers, mutate(call->args[0])), b = Halide::reinterpret(integers, mutate(call->args[1]));
  if (isEqual)
    return (a == b && isNumber(a)) || areZero(a, b);
  return ordered(a) < ordered(b) && isNumber(a) && isNumber(b) && !areZero(a, b);
}

// ---- barriers ----

namespace {

bool hasBarrier(const Stmt &body) {
  class Finder : public IRVisitor {
  public:
    bool found = false;

  protected:
    using IRVisitor::visit;
    void visit(const Call *call) override {
      found |= call->is_intrinsic(Call::gpu_thread_barrier);
      IRVisitor::visit(call);
    }
  } finder;
  body.accept(&finder);
  return finder.found;
}

/// `body` where `condition`, which nothing in it changes, holds; its barriers in any case. What
/// they stand in is there in any case too, and empty where the condition does not hold.
Stmt guarded(const Expr &condition, const Stmt &body) {
  if (!hasBarrier(body))
    return IfThenElse::make(condition, body);
  auto only = [&](const Expr &value) {
    return Call::make(value.type(), Call::if_then_else, {condition, value, make_zero(value.type())}, Call::PureIntrinsic);
  };
  if (const auto *block = body.as<Block>())
    return Block::make(guarded(condition, block->first), guarded(condition, block->rest));
  if (body.as<Evaluate>())
    return body;
  if (const auto *production = body.as<ProducerConsumer>())
    return ProducerConsumer::make(production->name, production->is_producer, guarded(condition, production->body));
  if (const auto *let = body.as<LetStmt>())
    return LetStmt::make(let->name, only(let->value), guarded(condition, let->body));
  if (const auto *loop = body.as<For>())
    return For::make(loop->name, only(loop->min), only(loop->extent), loop->for_type, loop->partition_policy, loop->device_api,
                     loop->body);
  if (const auto *kept = body.as<Allocate>())
    return Allocate::make(kept->name, kept->type, kept->memory_type, kept->extents, kept->condition, guarded(condition, kept->body),
                          kept->new_expr, kept->free_function, kept->padding);
  throw KernelError("a barrier stands in a condition, and in something else that cannot be taken out of it");
}

} // namespace

static bool isBarrier(const Stmt &statement) {
  const auto *evaluated = statement.as<Evaluate>();
  const Call *call = evaluated ? evaluated->value.as<Call>() : nullptr;
  return call && call->is_intrinsic(Call::gpu_thread_barrier);
}

static void append(std::vector<Stmt> &statements, const Stmt &statement) {
  const auto *block = statement.as<Block>();
  if (!block)
    return statements.push_back(statement);
  append(statements, block->first);
  append(statements, block->rest);
}

/// The condition of a statement whose barriers all threads of a block agree on: a name that
/// something gave it outside of them. Nothing else could have barriers.
static const Variable *agreedCondition(const Stmt &statement) {
  const auto *choice = statement.as<IfThenElse>();
  bool isChoice = choice && !choice->else_case.defined() && hasBarrier(choice->then_case);
  return isChoice ? choice->condition.as<Variable>() : nullptr;
}

Stmt JoinedConditions::visit(const Block *block) {
  std::vector<Stmt> flat, joined;
  append(flat, block);
  for (Stmt &statement : flat)
    statement = mutate(statement);
  std::set<std::string> agreed;
  for (const Stmt &statement : flat)
    if (const Variable *condition = agreedCondition(statement))
      agreed.insert(condition->name);
  for (size_t i = 0; i < flat.size();) {
    const auto *first = flat[i].as<IfThenElse>();
    const Variable *condition = first ? first->condition.as<Variable>() : nullptr;
    size_t last = i;
    if (condition && !first->else_case.defined() && agreed.count(condition->name))
      for (size_t j = i + 1; j < flat.size(); ++j) {
        const auto *next = flat[j].as<IfThenElse>();
        bool isSame = next && !next->else_case.defined() && equal(next->condition, condition);
        if (isSame)
          last = j;
        else if (!isBarrier(flat[j]))
          break;
      }
    if (last == i) {
      joined.push_back(flat[i++]);
      continue;
    }
    std::vector<Stmt> body;
    for (; i <= last; ++i)
      if (const auto *part = flat[i].as<IfThenElse>())
        append(body, part->then_case);
      else
        body.push_back(flat[i]);
    joined.push_back(IfThenElse::make(condition, Block::make(body)));
  }
  return Block::make(joined);
}

Stmt BarriersOutside::visit(const For *loop) {
  bool wasThread = std::exchange(isThread, isThread || loop->for_type == ForType::GPUThread);
  Stmt whole = IRMutator::visit(loop);
  isThread = wasThread;
  return whole;
}

Stmt BarriersOutside::visit(const IfThenElse *choice) {
  Stmt whole = IRMutator::visit(choice);
  if (!isThread || !hasBarrier(whole))
    return whole;
  choice = whole.as<IfThenElse>();
  std::string name = unique_name("holds");
  Expr condition = Variable::make(Halide::Bool(), name);
  Stmt body = guarded(condition, choice->then_case);
  if (choice->else_case.defined())
    body = Block::make(body, guarded(!condition, choice->else_case));
  return LetStmt::make(name, choice->condition, body);
}

// ---- conditions of vectors ----

template <typename LetOp> static bool namesCondition(const LetOp *let) {
  return let->value.type().is_bool() && let->value.type().is_vector();
}

Expr VectorConditions::visit(const Let *let) {
  return namesCondition(let) ? mutate(substitute(let->name, let->value, let->body)) : IRMutator::visit(let);
}

Stmt VectorConditions::visit(const LetStmt *let) {
  return namesCondition(let) ? mutate(substitute(let->name, let->value, let->body)) : IRMutator::visit(let);
}

// ---- lengths of vectors ----

static void checkLength(const std::string &name, const Halide::Type &type) {
  bool isPower = (type.lanes() & (type.lanes() - 1)) == 0;
  if (!isPower || type.lanes() > 16)
    throw KernelError("vectors of " + std::to_string(type.lanes()) + " elements of '" + name + "' would lie in memory, and OpenCL has " +
                      "such of 2, 4, 8 and 16: give lanes that divide the axis, or none");
}

Halide::Expr VectorLengths::visit(const Load *load) {
  checkLength(load->name, load->type);
  return IRMutator::visit(load);
}

Stmt VectorLengths::visit(const Store *store) {
  checkLength(store->name, store->value.type());
  return IRMutator::visit(store);
}

} // namespace attune::kernels
