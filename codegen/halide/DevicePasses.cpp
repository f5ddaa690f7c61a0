#include "codegen/halide/DevicePasses.h"
#include "codegen/halide/Kernel.h"

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

// ---- numbers of threads ----

Stmt ThreadNumbers::visit(const For *loop) {
  if (loop->for_type != ForType::GPUThread)
    return IRMutator::visit(loop);
  std::string name = loop->name + ".own";
  Halide::Expr number = Variable::make(Halide::Int(32), loop->name);
  Stmt body = substitute(loop->name, Variable::make(Halide::Int(32), name), mutate(loop->body));
  body = LetStmt::make(name, Call::make(Halide::Int(32), "attn_thread_id", {number}, Call::PureExtern), body);
  return For::make(loop->name, loop->min, loop->extent, loop->for_type, loop->partition_policy, loop->device_api, body);
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
