#include "codegen/halide/EmptyTensors.h"
#include <vector>

namespace attune::kernels {

using namespace Halide::Internal;

Stmt EmptyTensors::visit(const AssertStmt *check) {
  std::vector<const Let *> names;
  Halide::Expr message = check->message;
  for (const Let *let; (let = message.as<Let>()); message = let->body)
    names.push_back(let);
  const Call *error = message.as<Call>();
  if (!error || error->name != "halide_error_access_out_of_bounds")
    return IRMutator::visit(check);
  // The buffer's name, the dimension, where it is read from and to, and where it begins and ends.
  Halide::Expr isEmpty = error->args[5] < error->args[4];
  for (auto let = names.rbegin(); let != names.rend(); ++let)
    isEmpty = Let::make((*let)->name, (*let)->value, isEmpty);
  return AssertStmt::make(check->condition || isEmpty, check->message);
}

} // namespace attune::kernels
