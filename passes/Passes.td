// The passes, in the order in which a model meets them.
#ifndef ATTUNE_PASSES
#define ATTUNE_PASSES

include "mlir/Pass/PassBase.td"

// ---- input -> simplified ----

def InlineViews : Pass<"attn-inline-views"> {
  let summary = "Read through stages that only move elements";
  let description = [{
    A load of a slice, transpose, gather or range reads its source directly. A
    load of a reshape does too where that needs no division.

    ```mlir
    %t = attn.stage "transpose" [%k: 8, %n: 4] {
      %e = attn.load %w[%n, %k] : <f32, [4, 8]>
      attn.yield %e : f32
    } : f32
    %x = attn.load %t[%k, %n] : <f32, [8, 4]>
    // becomes
    %x = attn.load %w[%n, %k] : <f32, [4, 8]>
    ```
  }];
}

def JoinProducts : Pass<"attn-join-products", "::mlir::func::FuncOp"> {
  let summary = "Make one product of several products of one input";
  let description = [{
    Products that read the same tensor, each with a matrix of weights, become
    one product with the matrices stacked; what follows them alike (a bias) is
    stacked as well. The old results are slices of the new one.
  }];
}

def HoistWeights : Pass<"attn-hoist-weights", "::mlir::ModuleOp"> {
  let summary = "Move work on weights alone to @prepare";
  let description = [{
    What depends on nothing but weights is computed once when they are loaded.
    The models read the result as a prepared tensor.
  }];
}

// ---- simplified -> fused ----

def FuseStages : Pass<"attn-fuse-stages", "::mlir::func::FuncOp"> {
  let summary = "Group stages into kernels";
  let description = [{
    Element-wise stages with one reader are computed in it. Then each product,
    reduction or attention takes in what follows it row by row, as far as one
    result leaves the group: bias, activation, residual and LayerNorm join the
    product before them.
  }];
}

def CollapseAxes : Pass<"attn-collapse-axes", "::mlir::func::FuncOp"> {
  let summary = "Make one axis of outer axes that a kernel never tells apart";
  let description = [{
    Batch and tokens of a product become its rows, so that tiles fill up
    whatever the single sizes are.
  }];
}

// ---- fused -> scheduled ----

def DecomposeAttention : Pass<"attn-decompose-attention", "::mlir::func::FuncOp"> {
  let summary = "Turn attention into stages over tiles of queries";
  let description = [{
    Scores of one tile of queries against all keys, transposed so that vector
    lanes lie along queries; row maximum, weights, row sum and values follow,
    each a stage of the same kernel. The score matrix is never stored whole.
  }];
  let options = [Option<"target", "target", "std::string", "\"host\"", "what the tiles are for">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def ScheduleKernels : Pass<"attn-schedule-kernels", "::mlir::func::FuncOp"> {
  let summary = "Give every kernel its default schedule";
  let options = [Option<"target", "target", "std::string", "\"host\"", "what to schedule for">];
}

// ---- scheduled -> kernels ----

def PackWeights : Pass<"attn-pack-weights", "::mlir::ModuleOp"> {
  let summary = "Lay weights out as schedules ask for, in @prepare";
  let description = [{
    `pack column 48` on a product: its matrix [n, k] is read as panels
    [n / 48, k, 48], filled up with zeros, which @prepare makes once.
  }];
}

def OutlineKernels : Pass<"attn-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Make functions of kernels, one for all that are equal";
}

#endif
