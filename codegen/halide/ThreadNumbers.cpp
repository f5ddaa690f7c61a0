#include "codegen/halide/ThreadNumbers.h"

namespace attune::kernels {

using namespace Halide::Internal;

Stmt ThreadNumbers::visit(const For *loop) {
  if (loop->for_type != ForType::GPUThread)
    return IRMutator::visit(loop);
  std::string name = loop->name + ".own";
  Halide::Expr number = Variable::make(Halide::Int(32), loop->name);
  Stmt body = substitute(loop->name, Variable::make(Halide::Int(32), name), mutate(loop->body));
  body = LetStmt::make(name, Call::make(Halide::Int(32), "attn_thread_id", {number}, Call::PureExtern), body);
  return For::make(loop->name, loop->min, loop->extent, loop->for_type, loop->partition_policy, loop->device_api, body);
}

} // namespace attune::kernels
