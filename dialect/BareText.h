// Pieces of assembly text that several ops share: sizes in brackets, axes.
#pragma once

#include "dialect/Attn.h"

namespace attune::attn {

mlir::ParseResult parseBareSize(mlir::OpAsmParser &parser, SizeAttr &size);
void printBareSize(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                   SizeAttr size);

/// `[batch, tokens, 384]`
mlir::ParseResult parseBareSizeList(mlir::OpAsmParser &parser,
                                    mlir::ArrayAttr &sizes);
void printBareSizeList(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                       mlir::ArrayAttr sizes);

/// `sizes (rows = batch * tokens)`, or nothing for none.
mlir::ParseResult parseBareBindings(mlir::OpAsmParser &parser,
                                    mlir::DictionaryAttr &bindings);
void printBareBindings(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                       mlir::DictionaryAttr bindings);

struct AxisList {
  llvm::SmallVector<mlir::OpAsmParser::Argument> indices;
  llvm::SmallVector<mlir::Attribute> names;
  llvm::SmallVector<SizeAttr> sizes;
};

/// `[%row: rows, %k_0 as k: 384]`, appended to `axes`.
mlir::ParseResult parseAxes(mlir::OpAsmParser &parser, AxisList &axes);
void printAxes(mlir::OpAsmPrinter &printer,
               llvm::ArrayRef<mlir::BlockArgument> indices,
               llvm::ArrayRef<mlir::Attribute> names,
               llvm::ArrayRef<SizeAttr> sizes);

/// `at "encoder.layer.0"`, or nothing, at the end of an op.
mlir::ParseResult parsePath(mlir::OpAsmParser &parser, mlir::StringAttr &path);
void printPath(mlir::OpAsmPrinter &printer, mlir::StringAttr path);

} // namespace attune::attn
