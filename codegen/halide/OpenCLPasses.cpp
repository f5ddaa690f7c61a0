#include "codegen/halide/OpenCLPasses.h"
#include "codegen/halide/Kernel.h"

namespace attune::kernels {

using namespace Halide::Internal;
using Halide::Expr;

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
