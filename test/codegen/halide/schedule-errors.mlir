// Schedules that cannot be applied: each message quotes the culprit and lists what there is.
// RUN: not attn-kernelc %s --kernel=unknown_stage -o %t.o 2>&1 | FileCheck %s --check-prefix=UNKNOWN_STAGE
// RUN: not attn-kernelc %s --kernel=unknown_word -o %t.o 2>&1 | FileCheck %s --check-prefix=UNKNOWN_WORD
// RUN: not attn-kernelc %s --kernel=unknown_axis -o %t.o 2>&1 | FileCheck %s --check-prefix=UNKNOWN_AXIS
// RUN: not attn-kernelc %s --kernel=unknown_loop -o %t.o 2>&1 | FileCheck %s --check-prefix=UNKNOWN_LOOP
// RUN: not attn-kernelc %s --kernel=at_nothing -o %t.o 2>&1 | FileCheck %s --check-prefix=AT_NOTHING
// RUN: not attn-kernelc %s --kernel=at_producer -o %t.o 2>&1 | FileCheck %s --check-prefix=AT_PRODUCER
// RUN: not attn-kernelc %s --kernel=no_number -o %t.o 2>&1 | FileCheck %s --check-prefix=NO_NUMBER
// RUN: not attn-kernelc %s --kernel=zero -o %t.o 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not attn-kernelc %s --kernel=too_many -o %t.o 2>&1 | FileCheck %s --check-prefix=TOO_MANY
// RUN: not attn-kernelc %s --kernel=tail -o %t.o 2>&1 | FileCheck %s --check-prefix=TAIL
// RUN: not attn-kernelc %s --kernel=no_label -o %t.o 2>&1 | FileCheck %s --check-prefix=NO_LABEL
// RUN: not attn-kernelc %s --kernel=twice -o %t.o 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not attn-kernelc %s --kernel=padded_result -o %t.o 2>&1 | FileCheck %s --check-prefix=PADDED_RESULT
// RUN: not attn-kernelc %s --kernel=pure_registers -o %t.o 2>&1 | FileCheck %s --check-prefix=PURE_REGISTERS
// RUN: not attn-kernelc %s --kernel=inlined_reduction -o %t.o 2>&1 | FileCheck %s --check-prefix=INLINED_REDUCTION
// RUN: not attn-kernelc %s --kernel=partial_axis -o %t.o 2>&1 | FileCheck %s --check-prefix=PARTIAL_AXIS
// RUN: not attn-kernelc %s --kernel=partial_lanes -o %t.o 2>&1 | FileCheck %s --check-prefix=PARTIAL_LANES
// RUN: not attn-kernelc %s --kernel=order_twice -o %t.o 2>&1 | FileCheck %s --check-prefix=ORDER_TWICE
// RUN: not attn-kernelc %s --kernel=memory -o %t.o 2>&1 | FileCheck %s --check-prefix=MEMORY
// RUN: not attn-kernelc %s --kernel=pieces_without_selects -o %t.o 2>&1 | FileCheck %s --check-prefix=PIECES_WITHOUT_SELECTS
// RUN: not attn-kernelc %s --kernel=pieces_of_two_conditions -o %t.o 2>&1 | FileCheck %s --check-prefix=PIECES_OF_TWO_CONDITIONS
// RUN: not attn-kernelc %s --kernel=pieces_axis -o %t.o 2>&1 | FileCheck %s --check-prefix=PIECES_AXIS
// RUN: not attn-kernelc %s --kernel=pieces_without_names -o %t.o 2>&1 | FileCheck %s --check-prefix=PIECES_WITHOUT_NAMES
// RUN: not attn-kernelc %s --kernel=pieces_of_result -o %t.o 2>&1 | FileCheck %s --check-prefix=PIECES_OF_RESULT
// RUN: not attn-kernelc %s --kernel=skip_without_select -o %t.o 2>&1 | FileCheck %s --check-prefix=SKIP_WITHOUT_SELECT
// RUN: not attn-kernelc %s --kernel=skip_identity -o %t.o 2>&1 | FileCheck %s --check-prefix=SKIP_IDENTITY
// RUN: not attn-kernelc %s --kernel=skip_of_pure -o %t.o 2>&1 | FileCheck %s --check-prefix=SKIP_OF_PURE
// RUN: not attn-kernelc %s --kernel=pieces_called_the_same -o %t.o 2>&1 | FileCheck %s --check-prefix=PIECES_CALLED_THE_SAME
// RUN: not attn-kernelc %s --kernel=sparse_alone -o %t.o 2>&1 | FileCheck %s --check-prefix=SPARSE_ALONE
// RUN: not attn-kernelc %s --kernel=pieces_of_sum -o %t.o 2>&1 | FileCheck %s --check-prefix=PIECES_OF_SUM
// RUN: not attn-kernelc %s --kernel=pieces_without_terms -o %t.o 2>&1 | FileCheck %s --check-prefix=PIECES_WITHOUT_TERMS
// RUN: not attn-kernelc %s --kernel=sparse_sum -o %t.o 2>&1 | FileCheck %s --check-prefix=SPARSE_SUM
// RUN: not attn-kernelc %s --kernel=pieces_and_skip -o %t.o 2>&1 | FileCheck %s --check-prefix=PIECES_AND_SKIP
// RUN: not attn-kernelc %s --kernel=absent -o %t.o 2>&1 | FileCheck %s --check-prefix=ABSENT
// RUN: not attn-kernelc %s -o %t.o 2>&1 | FileCheck %s --check-prefix=MANY
// RUN: not attn-kernelc %s --kernel=zero --target=vax -o %t.o 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: attn-kernelc %s --kernel=whole -o %t.o 2>&1 | count 0
// RUN: attn-kernelc %s --kernel=unscheduled -o %t.o 2>&1 | FileCheck %s --check-prefix=UNSCHEDULED
// ABSENT: error: there is no kernel 'absent': {{.*}} has unknown_stage, 
// MANY: error: name one of the kernels with --kernel: 
// TARGET: error: unknown target 'vax'; known are host, x86-64-v3, x86-64-v4, x86-64-v4+avx512bf16, znver4, znver5
// UNSCHEDULED: warning: kernel 'unscheduled': stage 'sum' reduces and has no schedule: it is computed whole before its consumers

// UNKNOWN_STAGE: error: kernel 'unknown_stage': the schedule names stage 'z'; the kernel has sum, y
func.func private @unknown_stage(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<z {lanes column 8}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// UNKNOWN_WORD: error: kernel 'unknown_word': stage 'y': unknown directive 'vectorize column 8'; there are at, store, inline, in, full, layout, tile, pieces, sparse, skip, lanes, order, parallel, block, resident, thread, registers, partial, unroll
func.func private @unknown_word(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {vectorize column 8}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// UNKNOWN_AXIS: error: kernel 'unknown_axis': stage 'y': there is no loop 'columns'; it has row, column
func.func private @unknown_axis(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {lanes columns 8}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// UNKNOWN_LOOP: error: kernel 'unknown_loop': stage 'sum': there is no loop 'row.blocks' in stage 'y'; it has column, row, row.block
func.func private @unknown_loop(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {tile row.block 32}, sum {at y.row.blocks}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// AT_NOTHING: error: kernel 'at_nothing': stage 'sum': 'row.block' is not root or STAGE.LOOP
func.func private @at_nothing(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {tile row.block 32}, sum {at row.block}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// AT_PRODUCER: error: kernel 'at_producer': stage 'y': it is the kernel's result: it cannot be inlined or computed in another stage
func.func private @at_producer(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<sum {tile row.block 4}, y {at sum.row.block}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// NO_NUMBER: error: kernel 'no_number': stage 'y': 'lanes column' needs the number of lanes
func.func private @no_number(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {lanes column}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// ZERO: error: kernel 'zero': stage 'y': 'lanes column 0' has a number that is not between 1 and 1048576
func.func private @zero(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {lanes column 0}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// TOO_MANY: error: kernel 'too_many': stage 'y': 'lanes column 8 guard 3' has too many arguments
func.func private @too_many(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {lanes column 8 guard 3}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// TAIL: error: kernel 'tail': stage 'y': 'lanes column 8 round' knows guard, pad and shift, not 'round'
func.func private @tail(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {lanes column 8 round}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// NO_LABEL: error: kernel 'no_label': stage 'y': 'tile row 32' needs AXIS.LABEL, a name for the loop over tiles
func.func private @no_label(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {tile row 32}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// TWICE: error: kernel 'twice': stage 'y': there are two loops 'row.block'
func.func private @twice(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {tile row.block 32, tile row.block 4}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// PADDED_RESULT: error: kernel 'padded_result': stage 'y': 'row' of stage 'y' cannot be padded: it is the kernel's result; use guard
func.func private @padded_result(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {tile row.block 32 pad}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// PURE_REGISTERS: error: kernel 'pure_registers': stage 'y': 'registers' needs a reduction
func.func private @pure_registers(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {registers, lanes column 8}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// INLINED_REDUCTION: error: kernel 'inlined_reduction': stage 'sum': a reduction cannot be inlined
func.func private @inlined_reduction(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<sum {inline}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// PARTIAL_AXIS: error: kernel 'partial_axis': stage 'sum': 'partial' needs one of the reduced axes, not 'row'
func.func private @partial_axis(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<sum {partial row 16 8}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// PARTIAL_LANES: error: kernel 'partial_lanes': stage 'sum': 'partial column 20 8' needs a number of partial sums that its lanes divide
func.func private @partial_lanes(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<sum {partial column 20 8}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// ORDER_TWICE: error: kernel 'order_twice': stage 'y': order names loop 'row' of stage 'y' twice
func.func private @order_twice(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {order row row}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

func.func private @whole(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<sum {at y.row, unroll column}, y {lanes column 8}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// MEMORY: error: kernel 'memory': stage 'sum': 'in attic' knows stack, heap, register and shared, not 'attic'
func.func private @memory(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<sum {in attic}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

func.func private @unscheduled(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {lanes column 8}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    %d = arith.divf %e, %s : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// PIECES_WITHOUT_SELECTS: error: kernel 'pieces_without_selects': stage 'mid': piece 'few' has no select: 'pieces' needs a body select(c1, v1, select(c2, v2, … other)) with a condition for each of its names
func.func private @pieces_without_selects(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<mid {at root, pieces column few many}>} {
  %mid = attn.stage "mid" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %mid[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// Values that are computed together take the same piece.
// PIECES_OF_TWO_CONDITIONS: error: kernel 'pieces_of_two_conditions': stage 'mid': piece 'few' has several conditions: 'pieces' needs selects of all the stage's values by one
func.func private @pieces_of_two_conditions(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<mid {at root, pieces column few}>} {
  %mid:2 = attn.stage "mid" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %two = arith.constant 2 : index
    %less = arith.cmpi slt, %column, %two : index
    %more = arith.cmpi sgt, %column, %two : index
    %none = arith.constant 0.0 : f32
    %s = arith.select %less, %e, %none : f32
    %t = arith.select %more, %e, %none : f32
    attn.yield %s, %t : f32, f32
  } : f32, f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %mid#0[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %f = attn.load %mid#1[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %s = arith.addf %e, %f : f32
    attn.yield %s : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// PIECES_AXIS: error: kernel 'pieces_axis': stage 'mid': 'pieces columns few' names no axis of the stage; it has row, column
func.func private @pieces_axis(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<mid {at root, pieces columns few}>} {
  %mid = attn.stage "mid" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %two = arith.constant 2 : index
    %less = arith.cmpi slt, %column, %two : index
    %none = arith.constant 0.0 : f32
    %s = arith.select %less, %e, %none : f32
    attn.yield %s : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %mid[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// PIECES_WITHOUT_NAMES: error: kernel 'pieces_without_names': stage 'mid': 'pieces column' needs a name for each piece after the axis
func.func private @pieces_without_names(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<mid {at root, pieces column}>} {
  %mid = attn.stage "mid" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %two = arith.constant 2 : index
    %less = arith.cmpi slt, %column, %two : index
    %none = arith.constant 0.0 : f32
    %s = arith.select %less, %e, %none : f32
    attn.yield %s : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %mid[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// PIECES_OF_RESULT: error: kernel 'pieces_of_result': stage 'y': 'pieces column few' cannot stand at the kernel's result: give a stage before the result its pieces
func.func private @pieces_of_result(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<y {pieces column few}>} {
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %two = arith.constant 2 : index
    %less = arith.cmpi slt, %column, %two : index
    %none = arith.constant 0.0 : f32
    %s = arith.select %less, %e, %none : f32
    attn.yield %s : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// SKIP_WITHOUT_SELECT: error: kernel 'skip_without_select': stage 'sum': 'skip' needs a body select(condition, value, other) whose other value changes nothing: 0 in a sum, -inf in a maximum, inf in a minimum
func.func private @skip_without_select(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<sum {at y.row, skip}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    attn.yield %s : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// What is left out must not count: 1 does in a sum.
// SKIP_IDENTITY: error: kernel 'skip_identity': stage 'sum': 'skip' needs a body select(condition, value, other) whose other value changes nothing: 0 in a sum, -inf in a maximum, inf in a minimum
func.func private @skip_identity(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<sum {at y.row, skip}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %two = arith.constant 2 : index
    %less = arith.cmpi slt, %column, %two : index
    %none = arith.constant 1.0 : f32
    %s = arith.select %less, %e, %none : f32
    attn.yield %s : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    attn.yield %s : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// SKIP_OF_PURE: error: kernel 'skip_of_pure': stage 'mid': 'skip' needs a reduction: what it leaves out are terms
func.func private @skip_of_pure(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<mid {at root, skip}>} {
  %mid = attn.stage "mid" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %two = arith.constant 2 : index
    %less = arith.cmpi slt, %column, %two : index
    %none = arith.constant 0.0 : f32
    %s = arith.select %less, %e, %none : f32
    attn.yield %s : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %mid[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// PIECES_CALLED_THE_SAME: error: kernel 'pieces_called_the_same': stage 'mid': 'pieces column few few' has two pieces called 'few'
func.func private @pieces_called_the_same(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<mid {at root, pieces column few few}>} {
  %mid = attn.stage "mid" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %mid[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// SPARSE_ALONE: error: kernel 'sparse_alone': stage 'mid': 'sparse' needs 'pieces': nothing else says which elements are set
func.func private @sparse_alone(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<mid {at root, sparse}>} {
  %mid = attn.stage "mid" [%row: rows, %column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %e = attn.load %mid[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// PIECES_OF_SUM: error: kernel 'pieces_of_sum': stage 'sum': 'pieces row few' has to name the axis that is reduced, the only one
func.func private @pieces_of_sum(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<sum {at y.row, pieces row few}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    attn.yield %s : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// PIECES_WITHOUT_TERMS: error: kernel 'pieces_without_terms': stage 'sum': 'pieces column few' leaves out terms: what is in none of its arms has to change nothing
func.func private @pieces_without_terms(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<sum {at y.row, pieces column few}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %two = arith.constant 2 : index
    %less = arith.cmpi slt, %column, %two : index
    %other = arith.constant 1.0 : f32
    %s = arith.select %less, %e, %other : f32
    attn.yield %s : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    attn.yield %s : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// SPARSE_SUM: error: kernel 'sparse_sum': stage 'sum': 'sparse' is for stages that reduce nothing: what nothing is added to has its start
func.func private @sparse_sum(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<sum {at y.row, pieces column few, sparse}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %two = arith.constant 2 : index
    %less = arith.cmpi slt, %column, %two : index
    %other = arith.constant 0.0 : f32
    %s = arith.select %less, %e, %other : f32
    attn.yield %s : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    attn.yield %s : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}

// PIECES_AND_SKIP: error: kernel 'pieces_and_skip': stage 'sum': 'skip' does not go with pieces, which visit only what each is for
func.func private @pieces_and_skip(%x: !attn.tensor<f32, [rows, 45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<sum {at y.row, pieces column few, skip}>} {
  %sum = attn.stage "sum" [%row: rows] sum [%column: 45] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %two = arith.constant 2 : index
    %less = arith.cmpi slt, %column, %two : index
    %other = arith.constant 0.0 : f32
    %s = arith.select %less, %e, %other : f32
    attn.yield %s : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %column: 45] {
    %s = attn.load %sum[%row] : !attn.tensor<f32, [rows]>
    attn.yield %s : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 45]>
}
