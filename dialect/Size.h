// Sizes: affine expressions over named symbols, as attributes.
//
// A size is known when the program is compiled (384) or when it runs
// (`batch * tokens`). Two sizes are the same size exactly when they are the
// same attribute: `get` brings every expression to one canonical form.
#pragma once

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <optional>

namespace attune::attn {
class SizeAttr;

SizeAttr operator+(SizeAttr a, SizeAttr b);
SizeAttr operator-(SizeAttr a, SizeAttr b);
SizeAttr operator*(SizeAttr a, SizeAttr b);
/// The divisor must be a positive constant or a symbolic expression.
SizeAttr floorDiv(SizeAttr a, SizeAttr b);
SizeAttr ceilDiv(SizeAttr a, SizeAttr b);
SizeAttr mod(SizeAttr a, SizeAttr b);

/// The product of `sizes`; 1 for none.
SizeAttr product(mlir::MLIRContext *context, llvm::ArrayRef<SizeAttr> sizes);

/// Value of `size` where `lookup` knows its symbols; nothing where a symbol is
/// unknown, a divisor is not positive, or the arithmetic leaves 64 bits.
std::optional<int64_t> evaluate(
    SizeAttr size,
    llvm::function_ref<std::optional<int64_t>(llvm::StringRef)> lookup);

/// `size` with its symbols replaced; those `replace` answers with null stay.
SizeAttr substitute(SizeAttr size,
                    llvm::function_ref<SizeAttr(mlir::StringAttr)> replace);

} // namespace attune::attn
