#include "codegen/halide/WideIndices.h"

namespace attune::kernels {
namespace {

using namespace Halide::Internal;
using Halide::Expr;

class Widened : public IRMutator {
public:
  using IRMutator::mutate;
  Expr mutate(const Expr &value) override {
    Expr result = value;
    if (value.as<Add>() || value.as<Sub>() || value.as<Mul>() || value.as<Cast>() || value.as<IntImm>())
      result = IRMutator::mutate(value);
    return result.type() == Halide::Int(32) ? cast(Halide::Int(64), result) : result;
  }

protected:
  using IRMutator::visit;
  Expr visit(const IntImm *number) override { return IntImm::make(Halide::Int(64), number->value); }
  Expr visit(const Cast *cast) override {
    bool isWidening = cast->type == Halide::Int(64) && cast->value.type() == Halide::Int(32);
    return isWidening ? mutate(cast->value) : cast;
  }
};

} // namespace

Expr wideIndex(const Expr &index) { return Widened().mutate(index); }

Expr WideIndices::visit(const Cast *cast) {
  bool isWidening = cast->type == Halide::Int(64) && cast->value.type() == Halide::Int(32);
  return isWidening ? wideIndex(cast) : IRMutator::visit(cast);
}

} // namespace attune::kernels
