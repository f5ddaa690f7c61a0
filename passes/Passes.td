// The passes, in the order in which a model meets them.
#ifndef ATTUNE_PASSES
#define ATTUNE_PASSES

include "mlir/Pass/PassBase.td"

// ---- a model in another precision ----

def NarrowProducts : Pass<"attn-narrow-products", "::mlir::func::FuncOp"> {
  let summary = "Let products and attention read bf16";
  let description = [{
    What a product or an attention multiplies is rounded to bf16, for a stage of
    its own, and read from there by all that read it; sums stay f32. Norms,
    softmax and all that is no product compute in f32 as before.

    ```mlir
    attn.weight @w : !attn.tensor<f32, [2, 8]>
    func.func @linear(%x: !attn.tensor<f32, [t, 8]>) -> !attn.tensor<f32, [t, 2]> attributes {attn.model} {
      %w = attn.read @w : <f32, [2, 8]>
      %y = attn.stage "product" [%r: t, %n: 2] sum [%d: 8] {
        %a = attn.load %x[%r, %d] : <f32, [t, 8]>
        %b = attn.load %w[%n, %d] : <f32, [2, 8]>
        %m = arith.mulf %a, %b : f32
        attn.yield %m : f32
      } : f32
      return %y : !attn.tensor<f32, [t, 2]>
    }
    // becomes
    attn.weight @w : !attn.tensor<f32, [2, 8]>
    func.func @linear(%x: !attn.tensor<f32, [t, 8]>) -> !attn.tensor<f32, [t, 2]> attributes {attn.model} {
      %xn = attn.stage "narrow" [%axis0: t, %axis1: 8] {
        %e = attn.load %x[%axis0, %axis1] : <f32, [t, 8]>
        %h = arith.truncf %e : f32 to bf16
        attn.yield %h : bf16
      } : bf16
      %w = attn.read @w : <f32, [2, 8]>
      %wn = attn.stage "narrow" [%axis0: 2, %axis1: 8] {
        %e = attn.load %w[%axis0, %axis1] : <f32, [2, 8]>
        %h = arith.truncf %e : f32 to bf16
        attn.yield %h : bf16
      } : bf16 at "w.narrow"
      %y = attn.stage "product" [%r: t, %n: 2] sum [%d: 8] {
        %h = attn.load %xn[%r, %d] : <bf16, [t, 8]>
        %a = arith.extf %h : bf16 to f32
        %g = attn.load %wn[%n, %d] : <bf16, [2, 8]>
        %b = arith.extf %g : bf16 to f32
        %m = arith.mulf %a, %b : f32
        attn.yield %m : f32
      } : f32
      return %y : !attn.tensor<f32, [t, 2]>
    }
    ```
  }];
}

// ---- input -> simplified ----

def FusionsFromFile : Pass<"attn-fusions-from-file", "::mlir::ModuleOp"> {
  let summary = "Note what a schedule file says of fusion";
  let description = [{
    The choices of its `fusion` block become the module's attribute
    `attn.fusion`, which joining products and fusing stages follow.
  }];
  let options = [Option<"file", "file", "std::string", "\"\"", "the schedule file">];
}

def InlineViews : Pass<"attn-inline-views"> {
  let summary = "Read through stages that only move elements";
  let description = [{
    A load of a slice, transpose, gather or range reads its source directly. A
    load of a reshape does too where that needs no division.

    ```mlir
    func.func @double(%w: !attn.tensor<f32, [4, 8]>) -> !attn.tensor<f32, [8, 4]> attributes {attn.model} {
      %t = attn.stage "transpose" [%k: 8, %n: 4] {
        %e = attn.load %w[%n, %k] : <f32, [4, 8]>
        attn.yield %e : f32
      } : f32
      %y = attn.stage "double" [%k: 8, %n: 4] {
        %e = attn.load %t[%k, %n] : <f32, [8, 4]>
        %d = arith.addf %e, %e : f32
        attn.yield %d : f32
      } : f32
      return %y : !attn.tensor<f32, [8, 4]>
    }
    // becomes
    func.func @double(%w: !attn.tensor<f32, [4, 8]>) -> !attn.tensor<f32, [8, 4]> attributes {attn.model} {
      %y = attn.stage "double" [%k: 8, %n: 4] {
        %e = attn.load %w[%n, %k] : <f32, [4, 8]>
        %d = arith.addf %e, %e : f32
        attn.yield %d : f32
      } : f32
      return %y : !attn.tensor<f32, [8, 4]>
    }
    ```
  }];
}

def JoinProducts : Pass<"attn-join-products", "::mlir::func::FuncOp"> {
  let summary = "Make one product of several products of one input";
  let description = [{
    Products that read the same tensor, each with a matrix of weights, become
    one product with the matrices stacked; what follows them alike (a bias) is
    stacked as well. The old results are slices of the new one.

    ```mlir
    attn.weight @q : !attn.tensor<f32, [2, 8]>
    attn.weight @k : !attn.tensor<f32, [2, 8]>
    func.func @scores(%x: !attn.tensor<f32, [t, 8]>) -> !attn.tensor<f32, [t, 2]> attributes {attn.model} {
      %wq = attn.read @q : <f32, [2, 8]>
      %wk = attn.read @k : <f32, [2, 8]>
      %q = attn.stage "product" [%r: t, %n: 2] sum [%d: 8] {
        %a = attn.load %x[%r, %d] : <f32, [t, 8]>
        %w = attn.load %wq[%n, %d] : <f32, [2, 8]>
        %m = arith.mulf %a, %w : f32
        attn.yield %m : f32
      } : f32 at "self.q"
      %k = attn.stage "product" [%r: t, %n: 2] sum [%d: 8] {
        %a = attn.load %x[%r, %d] : <f32, [t, 8]>
        %w = attn.load %wk[%n, %d] : <f32, [2, 8]>
        %m = arith.mulf %a, %w : f32
        attn.yield %m : f32
      } : f32 at "self.k"
      %y = attn.stage "both" [%r: t, %n: 2] {
        %a = attn.load %q[%r, %n] : <f32, [t, 2]>
        %b = attn.load %k[%r, %n] : <f32, [t, 2]>
        %m = arith.mulf %a, %b : f32
        attn.yield %m : f32
      } : f32
      return %y : !attn.tensor<f32, [t, 2]>
    }
    // becomes
    attn.weight @q : !attn.tensor<f32, [2, 8]>
    attn.weight @k : !attn.tensor<f32, [2, 8]>
    func.func @scores(%x: !attn.tensor<f32, [t, 8]>) -> !attn.tensor<f32, [t, 2]> attributes {attn.model} {
      %wq = attn.read @q : <f32, [2, 8]>
      %wk = attn.read @k : <f32, [2, 8]>
      %w = attn.stage "stack" [%row: 4, %column: 8] {
        %c2 = arith.constant 2 : index
        %r0 = arith.subi %row, %c2 : index
        %c0 = arith.constant 0 : index
        %r1 = arith.maxsi %r0, %c0 : index
        %c1 = arith.constant 1 : index
        %r2 = arith.minsi %r1, %c1 : index
        %e2 = attn.load %wk[%r2, %column] : <f32, [2, 8]>
        %d0 = arith.constant 0 : index
        %q0 = arith.subi %row, %d0 : index
        %d1 = arith.constant 0 : index
        %q1 = arith.maxsi %q0, %d1 : index
        %d2 = arith.constant 1 : index
        %q2 = arith.minsi %q1, %d2 : index
        %e1 = attn.load %wq[%q2, %column] : <f32, [2, 8]>
        %d3 = arith.constant 2 : index
        %first = arith.cmpi slt, %row, %d3 : index
        %e = arith.select %first, %e1, %e2 : f32
        attn.yield %e : f32
      } : f32 at "self.{q,k}"
      %qk = attn.stage "product" [%r: t, %n: 4] sum [%d: 8] {
        %a = attn.load %x[%r, %d] : <f32, [t, 8]>
        %e = attn.load %w[%n, %d] : <f32, [4, 8]>
        %m = arith.mulf %a, %e : f32
        attn.yield %m : f32
      } : f32 at "self.{q,k}"
      %y = attn.stage "both" [%r: t, %n: 2] {
        %a = attn.load %qk[%r, %n] : <f32, [t, 4]>
        %c2 = arith.constant 2 : index
        %at = arith.addi %n, %c2 : index
        %b = attn.load %qk[%r, %at] : <f32, [t, 4]>
        %m = arith.mulf %a, %b : f32
        attn.yield %m : f32
      } : f32
      return %y : !attn.tensor<f32, [t, 2]>
    }
    ```
  }];
}

def HoistWeights : Pass<"attn-hoist-weights", "::mlir::ModuleOp"> {
  let summary = "Move work on weights alone to @prepare";
  let description = [{
    What depends on nothing but weights is computed once when they are loaded.
    The models read the result as a prepared tensor.

    ```mlir
    attn.weight @scale : !attn.tensor<f32, [4]>
    func.func @squares() -> !attn.tensor<f32, [4]> attributes {attn.model} {
      %w = attn.read @scale : <f32, [4]>
      %s = attn.stage "square" [%i: 4] {
        %a = attn.load %w[%i] : <f32, [4]>
        %m = arith.mulf %a, %a : f32
        attn.yield %m : f32
      } : f32
      return %s : !attn.tensor<f32, [4]>
    }
    // becomes
    attn.weight @scale : !attn.tensor<f32, [4]>
    attn.prepared @square : !attn.tensor<f32, [4]>
    func.func @prepare() attributes {attn.prepare} {
      %w = attn.read @scale : <f32, [4]>
      %s = attn.stage "square" [%i: 4] {
        %a = attn.load %w[%i] : <f32, [4]>
        %m = arith.mulf %a, %a : f32
        attn.yield %m : f32
      } : f32
      attn.write @square, %s : <f32, [4]>
      return
    }
    func.func @squares() -> !attn.tensor<f32, [4]> attributes {attn.model} {
      %s = attn.read @square : <f32, [4]>
      return %s : !attn.tensor<f32, [4]>
    }
    ```
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

    ```mlir
    func.func @dense(%x: !attn.tensor<f32, [t, 8]>, %w: !attn.tensor<f32, [4, 8]>) -> !attn.tensor<f32, [t, 4]> attributes {attn.model} {
      %p = attn.stage "product" [%r: t, %n: 4] sum [%d: 8] {
        %a = attn.load %x[%r, %d] : <f32, [t, 8]>
        %b = attn.load %w[%n, %d] : <f32, [4, 8]>
        %m = arith.mulf %a, %b : f32
        attn.yield %m : f32
      } : f32
      %y = attn.stage "exp" [%r: t, %n: 4] {
        %a = attn.load %p[%r, %n] : <f32, [t, 4]>
        %m = math.exp %a : f32
        attn.yield %m : f32
      } : f32
      return %y : !attn.tensor<f32, [t, 4]>
    }
    // becomes
    func.func @dense(%x: !attn.tensor<f32, [t, 8]>, %w: !attn.tensor<f32, [4, 8]>) -> !attn.tensor<f32, [t, 4]> attributes {attn.model} {
      %k = attn.kernel "product" (%0 = %x : !attn.tensor<f32, [t, 8]>, %1 = %w : !attn.tensor<f32, [4, 8]>) -> !attn.tensor<f32, [t, 4]> {
        %p = attn.stage "product" [%r: t, %n: 4] sum [%d: 8] {
          %a = attn.load %0[%r, %d] : <f32, [t, 8]>
          %b = attn.load %1[%n, %d] : <f32, [4, 8]>
          %m = arith.mulf %a, %b : f32
          attn.yield %m : f32
        } : f32
        %y = attn.stage "exp" [%r: t, %n: 4] {
          %a = attn.load %p[%r, %n] : <f32, [t, 4]>
          %m = math.exp %a : f32
          attn.yield %m : f32
        } : f32
        attn.yield %y : !attn.tensor<f32, [t, 4]>
      }
      return %k : !attn.tensor<f32, [t, 4]>
    }
    ```
  }];
}

def CollapseAxes : Pass<"attn-collapse-axes", "::mlir::func::FuncOp"> {
  let summary = "Make one axis of outer axes that a kernel never tells apart";
  let description = [{
    Batch and tokens of a product become its rows, so that tiles fill up
    whatever the single sizes are.

    ```mlir
    func.func @exp(%x: !attn.tensor<f32, [b, t, 4]>) -> !attn.tensor<f32, [b, t, 4]> attributes {attn.model} {
      %k = attn.kernel "exp" (%0 = %x : !attn.tensor<f32, [b, t, 4]>) -> !attn.tensor<f32, [b, t, 4]> {
        %y = attn.stage "exp" [%i: b, %j: t, %n: 4] {
          %a = attn.load %0[%i, %j, %n] : <f32, [b, t, 4]>
          %m = math.exp %a : f32
          attn.yield %m : f32
        } : f32
        attn.yield %y : !attn.tensor<f32, [b, t, 4]>
      }
      return %k : !attn.tensor<f32, [b, t, 4]>
    }
    // becomes
    func.func @exp(%x: !attn.tensor<f32, [b, t, 4]>) -> !attn.tensor<f32, [b, t, 4]> attributes {attn.model} {
      %rows = attn.reshape %x : <f32, [b, t, 4]> -> <f32, [b * t, 4]>
      %k = attn.kernel "exp" (%0 = %rows : !attn.tensor<f32, [b * t, 4]>) -> !attn.tensor<f32, [b * t, 4]> {
        %y = attn.stage "exp" [%row: b * t, %n: 4] {
          %a = attn.load %0[%row, %n] : <f32, [b * t, 4]>
          %m = math.exp %a : f32
          attn.yield %m : f32
        } : f32
        attn.yield %y : !attn.tensor<f32, [b * t, 4]>
      }
      %back = attn.reshape %k : <f32, [b * t, 4]> -> <f32, [b, t, 4]>
      return %back : !attn.tensor<f32, [b, t, 4]>
    }
    ```
  }];
}

def CheckFusions : Pass<"attn-check-fusions", "::mlir::ModuleOp"> {
  let summary = "Refuse choices of fusion that met nothing in the program, or that devices have no schedule for";
  let description = [{
    They would pass silently otherwise. The attribute `attn.fusion` is dropped.
  }];
  let options = [Option<"target", "target", "std::string", "\"host\"", "what is scheduled for">];
}

// ---- fused -> scheduled ----

def VariantsFromFile : Pass<"attn-variants-from-file", "::mlir::ModuleOp"> {
  let summary = "Note what a schedule file says of variants and tiles of kernels";
  let description = [{
    What follows makes the variants; their stages have to be there before
    directives can speak of them. The kernels get the attribute `attn.variants`.
  }];
  let options = [Option<"file", "file", "std::string", "\"\"", "the schedule file">,
                 Option<"target", "target", "std::string", "\"host\"", "the section of the file">];
}

def DecomposeAttention : Pass<"attn-decompose-attention", "::mlir::func::FuncOp"> {
  let summary = "Turn attention into stages over tiles of queries and chunks of keys";
  let description = [{
    The scores of a tile of queries are transposed, so that vector lanes lie
    along queries; maximum, exponentials, sum and values follow, each a stage of
    the same kernel. A kernel gets a variant for each form that its sizes may ask
    for, in this order:

    - few queries: one at a time, threads share chunks of keys;
    - few keys: the scores of a tile against all of them are kept;
    - otherwise keys in chunks, each with its own maximum, sum and values
      (`partials`), which are combined once a tile.

    `attn.variants` on the kernel asks for more variants, by sizes, and for other
    tiles: `tile query 1` takes queries one at a time, `tile key whole` keeps the
    scores of all keys. The schedule of each variant says its tiles.

    With a mask, chunks fall into classes by what `keep` is over a whole tile
    (`tile_kinds`): full ones need no mask, cut ones test each pair, empty ones
    are skipped. What depends on data is decided by its least and greatest value
    over the tile (`tile_low`, `tile_high`), computed before.

    A sum over features of tanh or sigmoid of a query's plus a key's number
    (additive scores) is computed from an exponential of each query and each key,
    in the chunks where those are in range (`bounded`); other chunks of the same
    attention compute it pair by pair. Sums of queries or keys alone are stages
    over those.

    A weight that is not proportional to what its normaliser gives (a square,
    say) needs the sum before the weights: such attention keeps all scores of a
    tile, and a remark says so.
  }];
  let options = [Option<"target", "target", "std::string", "\"host\"", "what the tiles are for">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def ScheduleKernels : Pass<"attn-schedule-kernels", "::mlir::func::FuncOp"> {
  let summary = "Give every kernel its default schedule";
  let options = [Option<"target", "target", "std::string", "\"host\"", "what to schedule for">];
}

def StageOperands : Pass<"attn-stage-operands", "::mlir::func::FuncOp"> {
  let summary = "Make operands that products read along their depth or rows stages of their own";
  let description = [{
    On a device a thread reads several neighbours of such an operand at once, and keeps them in
    registers for all of its tile: `product.rows` or `product.columns`, which a schedule can
    place; where it does not, the product reads the operand as before. Of a sum in pieces it is
    the operands of the first piece; a copy that is there already serves as it is. Does nothing
    for processors.
  }];
  let options = [Option<"target", "target", "std::string", "\"host\"", "what to schedule for">];
}

def SplitReductions : Pass<"attn-split-reductions", "::mlir::func::FuncOp"> {
  let summary = "Make sums, maxima and minima of many elements ones of parts, which threads share";
  let description = [{
    On a device one thread would go through a whole row. `sum` over a constant 384 becomes
    `sum.parts` of 32 parts with 12 steps each, and a sum of those. Where neighbours of the
    reduced axis are neighbours in memory, parts take turns. A reduction over two axes becomes
    one over the last, `sum`, of one over the other, `sum.columns`, where what it reads goes
    along memory with the last. Over the chunks of an attention, whose number is known only when
    running, parts leave out what is past the end and what the mask drops (`skip`). Products of
    matrices stay: their register tiles have work for all threads. Does nothing for processors.
  }];
  let options = [Option<"target", "target", "std::string", "\"host\"", "what to schedule for">];
}

def ScheduleFromFile : Pass<"attn-schedule-from-file", "::mlir::ModuleOp"> {
  let summary = "Change schedules as a schedule file says";
  let description = [{
    Directives of a stage that the file names take the place of the default's;
    all other stages, variants and kernels keep theirs. What the file names and
    the program does not have is an error. The text is described in
    docs/schedules.md.
  }];
  let options = [Option<"file", "file", "std::string", "\"\"", "the schedule file">,
                 Option<"target", "target", "std::string", "\"host\"", "the section of the file">];
}

def VerifySchedules : Pass<"attn-verify-schedules", "::mlir::func::FuncOp"> {
  let summary = "Refuse schedules that are not legal";
  let description = [{
    A schedule changes when and where values are computed, never what they are.
    What cannot be, or would change values, is an error in terms of the kernel's
    stages and loops; docs/schedules.md lists the rules. Schedules of a file are
    checked when it is read, where errors name their place in it.
  }];
  let options = [Option<"target", "target", "std::string", "\"host\"", "what the schedules are for">];
}

def EmitSchedule : Pass<"attn-emit-schedule", "::mlir::ModuleOp"> {
  let summary = "Write the schedules of all kernels as a schedule file";
  let options = [Option<"file", "file", "std::string", "\"-\"", "where it goes; - is standard output">,
                 Option<"target", "target", "std::string", "\"host\"", "the name of the section">,
                 Option<"schedule", "schedule", "std::string", "\"\"", "the schedule file that was followed">];
}

def SeparateDropout : Pass<"attn-separate-dropout", "::mlir::func::FuncOp"> {
  let summary = "Give kernels with dropout variants without it, for runs without a seed";
  let description = [{
    Each variant becomes two, the first without dropout and for a seed of size
    0. Both conditions of such a variant are one bound, as a seed has 0 or 2
    words: `rows at most 64` becomes `2147483648 * seeds + rows` at most 64.

    ```mlir
    func.func @drop(%x: !attn.tensor<f32, [n]>, %seed: !attn.tensor<i32, [seeds]> {attn.seed}) -> !attn.tensor<f32, [n]> attributes {attn.model} {
      %k = attn.kernel "dropout" (%0 = %x : !attn.tensor<f32, [n]>, %1 = %seed : !attn.tensor<i32, [seeds]>) -> !attn.tensor<f32, [n]>
        variant schedule<> {
          %y = attn.stage "dropout" [%i: n] {
            %a = attn.load %0[%i] : <f32, [n]>
            %r = arith.constant 0.5 : f32
            %d = attn.dropout %a rate %r site 0 at [%i] of [n] seed %1 : <i32, [seeds]>
            attn.yield %d : f32
          } : f32
          attn.yield %y : !attn.tensor<f32, [n]>
        }
      return %k : !attn.tensor<f32, [n]>
    }
    // becomes
    func.func @drop(%x: !attn.tensor<f32, [n]>, %seed: !attn.tensor<i32, [seeds]> {attn.seed}) -> !attn.tensor<f32, [n]> attributes {attn.model} {
      %k = attn.kernel "dropout" (%0 = %x : !attn.tensor<f32, [n]>, %1 = %seed : !attn.tensor<i32, [seeds]>) -> !attn.tensor<f32, [n]>
        variant when [seeds] at_most 0 schedule<> {
          %y = attn.stage "dropout" [%i: n] {
            %a = attn.load %0[%i] : <f32, [n]>
            attn.yield %a : f32
          } : f32
          attn.yield %y : !attn.tensor<f32, [n]>
        }
        variant schedule<> {
          %y = attn.stage "dropout" [%i: n] {
            %a = attn.load %0[%i] : <f32, [n]>
            %r = arith.constant 0.5 : f32
            %d = attn.dropout %a rate %r site 0 at [%i] of [n] seed %1 : <i32, [seeds]>
            attn.yield %d : f32
          } : f32
          attn.yield %y : !attn.tensor<f32, [n]>
        }
      return %k : !attn.tensor<f32, [n]>
    }
    ```
  }];
}

// ---- scheduled -> kernels ----

def PackWeights : Pass<"attn-pack-weights", "::mlir::ModuleOp"> {
  let summary = "Lay weights out as schedules ask for, in @prepare";
  let description = [{
    `pack column 48` on a product: its matrix [n, k] is read as panels
    [n / 48, k, 48], filled up with zeros, which @prepare makes once.
    `prefetch` is left out, with a remark, where its stage reads no panels.
  }];
}

def OutlineKernels : Pass<"attn-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Make functions of kernels, one for all that are equal";
  let description = [{
    Sizes become parameters, by whatever names the kernels had them; a product
    of sizes that occurs nowhere by its factors is one. A call says what they are.

    ```mlir
    func.func @exp(%x: !attn.tensor<f32, [b * t, 4]>) -> !attn.tensor<f32, [b * t, 4]> attributes {attn.model} {
      %k = attn.kernel "layer.exp" (%0 = %x : !attn.tensor<f32, [b * t, 4]>) -> !attn.tensor<f32, [b * t, 4]>
        variant schedule<exp {parallel row}> {
          %y = attn.stage "exp" [%row: b * t, %n: 4] {
            %a = attn.load %0[%row, %n] : <f32, [b * t, 4]>
            %m = math.exp %a : f32
            attn.yield %m : f32
          } : f32
          attn.yield %y : !attn.tensor<f32, [b * t, 4]>
        }
      return %k : !attn.tensor<f32, [b * t, 4]>
    }
    // becomes
    func.func @exp(%x: !attn.tensor<f32, [b * t, 4]>) -> !attn.tensor<f32, [b * t, 4]> attributes {attn.model} {
      %k = attn.call "layer.exp" [@exp_1] (%x) sizes (rows = b * t) : (!attn.tensor<f32, [b * t, 4]>) -> !attn.tensor<f32, [b * t, 4]>
      return %k : !attn.tensor<f32, [b * t, 4]>
    }
    func.func private @exp_1(%0: !attn.tensor<f32, [rows, 4]>) -> !attn.tensor<f32, [rows, 4]> attributes {attn.kernel, attn.schedule = #attn.schedule<exp {parallel row}>, attn.symbols = ["rows"]} {
      %y = attn.stage "exp" [%row: rows, %n: 4] {
        %a = attn.load %0[%row, %n] : <f32, [rows, 4]>
        %m = math.exp %a : f32
        attn.yield %m : f32
      } : f32
      return %y : !attn.tensor<f32, [rows, 4]>
    }
    ```
  }];
}

def CountTiles : Pass<"attn-count-tiles", "::mlir::ModuleOp"> {
  let summary = "Make kernels that count the mask tiles of attention kernels";
  let description = [{
    Each kernel that decides about tiles of a mask gets a second one, which
    counts the tiles that are empty, cut and full: [3] integers. It is launched
    when a run is profiled.

    ```
    func.func private @causal(…) attributes {attn.kernel, …} { … %tile_kinds:2 = attn.stage "tile_kinds" … }
    // gets attn.tile_counter = @causal_tiles, and beside it
    func.func private @causal_tiles(…) -> !attn.tensor<i32, [3]> attributes {attn.kernel, …} {
      %tile_kinds:2 = attn.stage "tile_kinds" …
      %tiles = attn.stage "tiles" [%kind: 3] sum [%batch: …, %head: …, %tile: …, %chunk: …] { … } : i32
      return %tiles : !attn.tensor<i32, [3]>
    }
    ```
  }];
}

#endif
