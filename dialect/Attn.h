// The attn dialect: see docs/dialect.md (generated from the .td files).
#pragma once

#include "dialect/Size.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialect/AttnDialect.h.inc"
#include "dialect/AttnEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialect/AttnAttributes.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialect/AttnTypes.h.inc"
namespace attune::attn {
class YieldOp;
}
#define GET_OP_CLASSES
#include "dialect/AttnOps.h.inc"

namespace attune::attn {

// Names of the attributes on functions and their arguments.
inline constexpr llvm::StringLiteral modelAttrName = "attn.model";
inline constexpr llvm::StringLiteral prepareAttrName = "attn.prepare";
inline constexpr llvm::StringLiteral kernelAttrName = "attn.kernel";
inline constexpr llvm::StringLiteral scheduleAttrName = "attn.schedule";
inline constexpr llvm::StringLiteral symbolsAttrName = "attn.symbols";
/// On a kernel: the variants that a schedule file changed.
inline constexpr llvm::StringLiteral changedVariantsAttrName = "attn.changed_variants";
/// On a kernel's function: it was such a variant.
inline constexpr llvm::StringLiteral changedAttrName = "attn.changed";
/// On a kernel without a schedule: the variants that a schedule file asks for.
inline constexpr llvm::StringLiteral variantsAttrName = "attn.variants";
/// On a module: what a schedule file says of fusion, until it is followed. On a
/// function: which of those choices met something there.
inline constexpr llvm::StringLiteral fusionAttrName = "attn.fusion";
inline constexpr llvm::StringLiteral fusionMetAttrName = "attn.fusion_met";
/// On a stage of two conditions: whether a tile of a mask is kept whole, and
/// whether any of it is. The axes of tiles that the stage does without, since all
/// along them are alike, with their sizes.
inline constexpr llvm::StringLiteral tileKindsAttrName = "attn.tile_kinds";
/// On a kernel: the one that counts its mask tiles.
inline constexpr llvm::StringLiteral tileCounterAttrName = "attn.tile_counter";
inline constexpr llvm::StringLiteral nameAttrName = "attn.name";
// The last input of a model that draws at random: the words of its seed, none
// where the run has no seed. The runtime gives it, not the user.
inline constexpr llvm::StringLiteral seedAttrName = "attn.seed";
// At phase `host`: what tensor a buffer holds, and that it is a result.
inline constexpr llvm::StringLiteral tensorAttrName = "attn.tensor";
inline constexpr llvm::StringLiteral outputAttrName = "attn.output";

/// The argument that is the seed; null where `function` draws nothing.
mlir::BlockArgument seedOf(mlir::func::FuncOp function);

/// The dense row-major memory of a tensor of this type.
mlir::MemRefType bufferType(TensorType type);

} // namespace attune::attn
