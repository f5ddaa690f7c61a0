#include "codegen/halide/RegisterCalls.h"
#include "codegen/halide/Instructions.h"

namespace attune::kernels {

using namespace Halide::Internal;

Halide::Expr RegisterCalls::visit(const Call *call) {
  if (call->name != powerOfTwoCall.str())
    return IRMutator::visit(call);
  Halide::Expr argument = mutate(call->args[0]);
  int lanes = call->type.lanes(), width = 16;
  std::vector<Halide::Expr> parts;
  for (int start = 0; start < lanes; start += width) {
    while (width > lanes - start)
      width = width == 4 ? 1 : width / 2;
    Halide::Expr part = width == lanes ? argument : Shuffle::make_slice(argument, start, 1, width);
    parts.push_back(Call::make(call->type.with_lanes(width), call->name, {part}, call->call_type));
  }
  return parts.size() == 1 ? parts[0] : Shuffle::make_concat(parts);
}

} // namespace attune::kernels
