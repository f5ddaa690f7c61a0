// Small kernels, one for each thing that bodies and stages may do. What they
// compute is checked by general_test.cpp; here, that each compiles.
// RUN: attn-kernelc %s --kernel=gather --target=x86-64-v4 -o %t.o
// RUN: not attn-kernelc %s --kernel=reshaped -o %t.o 2>&1 | FileCheck %s
// CHECK: error: kernel 'reshaped': 'attn.reshape' cannot stand between the stages of a kernel

// Rows of a table by an index that depends on data, then LayerNorm without gain.
func.func private @gather(%ids: !attn.tensor<i32, [batch, tokens]>, %table: !attn.tensor<f32, [100, 29]>, %positions: !attn.tensor<f32, [70, 29]>) -> !attn.tensor<f32, [batch, tokens, 29]>
    attributes {attn.kernel, attn.symbols = ["batch", "tokens"], attn.schedule = #attn.schedule<
      norm {lanes column 8, parallel batch token},
      variance {at norm.parallel, partial column 16 8},
      mean {at norm.parallel, partial column 16 8},
      sum {at norm.parallel, lanes column 8}>} {
  %sum = attn.stage "sum" [%batch: batch, %token: tokens, %column: 29] {
    %i = attn.load %ids[%batch, %token] : !attn.tensor<i32, [batch, tokens]>
    %id = arith.index_cast %i : i32 to index
    %a = attn.load %table[%id, %column] : !attn.tensor<f32, [100, 29]>
    %b = attn.load %positions[%token, %column] : !attn.tensor<f32, [70, 29]>
    %c = arith.addf %a, %b : f32
    attn.yield %c : f32
  } : f32
  %mean = attn.stage "mean" [%batch: batch, %token: tokens] sum [%column: 29] {
    %n = arith.constant 29.0 : f32
    %a = attn.load %sum[%batch, %token, %column] : !attn.tensor<f32, [batch, tokens, 29]>
    %b = arith.divf %a, %n : f32
    attn.yield %b : f32
  } : f32
  %variance = attn.stage "variance" [%batch: batch, %token: tokens] sum [%column: 29] {
    %n = arith.constant 29.0 : f32
    %a = attn.load %sum[%batch, %token, %column] : !attn.tensor<f32, [batch, tokens, 29]>
    %m = attn.load %mean[%batch, %token] : !attn.tensor<f32, [batch, tokens]>
    %d = arith.subf %a, %m : f32
    %s = arith.mulf %d, %d : f32
    %b = arith.divf %s, %n : f32
    attn.yield %b : f32
  } : f32
  %norm = attn.stage "norm" [%batch: batch, %token: tokens, %column: 29] {
    %epsilon = arith.constant 1.0e-5 : f32
    %a = attn.load %sum[%batch, %token, %column] : !attn.tensor<f32, [batch, tokens, 29]>
    %m = attn.load %mean[%batch, %token] : !attn.tensor<f32, [batch, tokens]>
    %v = attn.load %variance[%batch, %token] : !attn.tensor<f32, [batch, tokens]>
    %d = arith.subf %a, %m : f32
    %e = arith.addf %v, %epsilon : f32
    %r = math.sqrt %e : f32
    %q = arith.divf %d, %r : f32
    attn.yield %q : f32
  } : f32
  return %norm : !attn.tensor<f32, [batch, tokens, 29]>
}

// The result is a reduction over a run-time axis that leaves out what is not valid.
func.func private @pool(%x: !attn.tensor<f32, [batch, tokens, 29]>, %valid: !attn.tensor<i1, [batch, tokens]>) -> !attn.tensor<f32, [batch, 29]>
    attributes {attn.kernel, attn.symbols = ["batch", "tokens"], attn.schedule = #attn.schedule<
      pool {lanes column 8, parallel batch}>} {
  %pool = attn.stage "pool" [%batch: batch, %column: 29] sum [%token: tokens] {
    %zero = arith.constant 0.0 : f32
    %a = attn.load %x[%batch, %token, %column] : !attn.tensor<f32, [batch, tokens, 29]>
    %v = attn.load %valid[%batch, %token] : !attn.tensor<i1, [batch, tokens]>
    %s = arith.select %v, %a, %zero : f32
    attn.yield %s : f32
  } : f32
  return %pool : !attn.tensor<f32, [batch, 29]>
}

// Numbers that come with the exponent of their scale, added up in one pass: a softmax over the
// tokens that count. The same with an update for each of two arms.
func.func private @scaled(%x: !attn.tensor<f32, [batch, tokens, 29]>, %m: !attn.tensor<f32, [batch, tokens]>, %valid: !attn.tensor<i1, [batch, tokens]>) -> !attn.tensor<f32, [batch, 29]>
    attributes {attn.kernel, attn.symbols = ["batch", "tokens"], attn.schedule = #attn.schedule<
      result {lanes column 8, parallel batch},
      sums {at result.parallel, skip, lanes column 8}>} {
  %sums:3 = attn.stage "sums" [%batch: batch, %column: 29] scaled_sum [%token: tokens] {
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %none = arith.constant 0xFF800000 : f32
    %a = attn.load %x[%batch, %token, %column] : !attn.tensor<f32, [batch, tokens, 29]>
    %e = attn.load %m[%batch, %token] : !attn.tensor<f32, [batch, tokens]>
    %ok = attn.load %valid[%batch, %token] : !attn.tensor<i1, [batch, tokens]>
    %v = arith.select %ok, %a, %zero : f32
    %s = arith.select %ok, %one, %zero : f32
    %g = arith.select %ok, %e, %none : f32
    attn.yield %v, %s, %g : f32, f32, f32
  } : f32, f32, f32
  %result = attn.stage "result" [%batch: batch, %column: 29] {
    %zero = arith.constant 0.0 : f32
    %v = attn.load %sums#0[%batch, %column] : !attn.tensor<f32, [batch, 29]>
    %s = attn.load %sums#1[%batch, %column] : !attn.tensor<f32, [batch, 29]>
    %empty = arith.cmpf oeq, %s, %zero : f32
    %d = arith.divf %v, %s : f32
    %y = arith.select %empty, %zero, %d : f32
    attn.yield %y : f32
  } : f32
  return %result : !attn.tensor<f32, [batch, 29]>
}

func.func private @scaled_arms(%x: !attn.tensor<f32, [batch, tokens, 29]>, %m: !attn.tensor<f32, [batch, tokens]>, %valid: !attn.tensor<i1, [batch, tokens]>) -> !attn.tensor<f32, [batch, 29]>
    attributes {attn.kernel, attn.symbols = ["batch", "tokens"], attn.schedule = #attn.schedule<
      result {lanes column 8, parallel batch},
      sums {at result.parallel, pieces token low rest, lanes column 8}>} {
  %sums:3 = attn.stage "sums" [%batch: batch, %column: 29] scaled_sum [%token: tokens] {
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %none = arith.constant 0xFF800000 : f32
    %a = attn.load %x[%batch, %token, %column] : !attn.tensor<f32, [batch, tokens, 29]>
    %e = attn.load %m[%batch, %token] : !attn.tensor<f32, [batch, tokens]>
    %ok = attn.load %valid[%batch, %token] : !attn.tensor<i1, [batch, tokens]>
    %v = arith.select %ok, %a, %zero : f32
    %s = arith.select %ok, %one, %zero : f32
    %g = arith.select %ok, %e, %none : f32
    %low = arith.cmpf olt, %e, %zero : f32
    %both = arith.andi %low, %ok : i1
    %v1 = arith.select %both, %a, %v : f32
    %s1 = arith.select %both, %one, %s : f32
    %g1 = arith.select %both, %e, %g : f32
    attn.yield %v1, %s1, %g1 : f32, f32, f32
  } : f32, f32, f32
  %result = attn.stage "result" [%batch: batch, %column: 29] {
    %zero = arith.constant 0.0 : f32
    %v = attn.load %sums#0[%batch, %column] : !attn.tensor<f32, [batch, 29]>
    %s = attn.load %sums#1[%batch, %column] : !attn.tensor<f32, [batch, 29]>
    %empty = arith.cmpf oeq, %s, %zero : f32
    %d = arith.divf %v, %s : f32
    %y = arith.select %empty, %zero, %d : f32
    attn.yield %y : f32
  } : f32
  return %result : !attn.tensor<f32, [batch, 29]>
}

// Rows that were two axes before, and a transposed result.
func.func private @split_rows(%x: !attn.tensor<f32, [batch, tokens, 29]>) -> !attn.tensor<f32, [29, batch * tokens]>
    attributes {attn.kernel, attn.symbols = ["batch", "tokens"], attn.schedule = #attn.schedule<
      result {tile row.block 16, order row column row.block, lanes row 8, parallel row.block},
      copy {at result.parallel, tile row.four 4, lanes column 8}>} {
  %copy = attn.stage "copy" [%row: batch * tokens, %column: 29] {
    %tokens = attn.size [tokens] : index
    %b = arith.floordivsi %row, %tokens : index
    %m = arith.muli %b, %tokens : index
    %t = arith.subi %row, %m : index
    %a = attn.load %x[%b, %t, %column] : !attn.tensor<f32, [batch, tokens, 29]>
    %e = math.tanh %a : f32
    attn.yield %e : f32
  } : f32
  %result = attn.stage "result" [%column: 29, %row: batch * tokens] {
    %a = attn.load %copy[%row, %column] : !attn.tensor<f32, [batch * tokens, 29]>
    attn.yield %a : f32
  } : f32
  return %result : !attn.tensor<f32, [29, batch * tokens]>
}

// No schedule; a reduction inside a body; booleans and integers.
func.func private @"flags.v1"(%x: !attn.tensor<f32, [rows, 29]>, %n: !attn.tensor<i32, [rows]>) -> !attn.tensor<i1, [rows, 3]>
    attributes {attn.kernel, attn.symbols = ["rows"]} {
  %even = attn.stage "even" [%row: rows] {
    %two = arith.constant 2 : i32
    %zero = arith.constant 0 : i32
    %a = attn.load %n[%row] : !attn.tensor<i32, [rows]>
    %r = arith.remsi %a, %two : i32
    %e = arith.cmpi eq, %r, %zero : i32
    attn.yield %e : i1
  } : i1
  %flags = attn.stage "flags" [%row: rows, %which: 3] {
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1 : index
    %true = arith.constant true
    %s = attn.reduce sum [%column: 29] {
      %a = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 29]>
      attn.yield %a : f32
    } : f32
    %p = arith.cmpf ogt, %s, %zero : f32
    %e = attn.load %even[%row] : !attn.tensor<i1, [rows]>
    %first = arith.cmpi slt, %which, %one : index
    %second = arith.cmpi eq, %which, %one : index
    %both = arith.andi %p, %e : i1
    %other = arith.xori %p, %true : i1
    %b = arith.select %second, %both, %other : i1
    %c = arith.select %first, %p, %b : i1
    attn.yield %c : i1
  } : i1
  return %flags : !attn.tensor<i1, [rows, 3]>
}

// A single number, and the largest of each row on the way.
func.func private @total(%x: !attn.tensor<f32, [rows, 29]>) -> !attn.tensor<f32, []>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<largest {at root, lanes row 8}>} {
  %largest = attn.stage "largest" [%row: rows] max [%column: 29] {
    %a = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 29]>
    attn.yield %a : f32
  } : f32
  %total = attn.stage "total" [] sum [%row: rows] {
    %a = attn.load %largest[%row] : !attn.tensor<f32, [rows]>
    attn.yield %a : f32
  } : f32
  return %total : !attn.tensor<f32, []>
}

// Sums over axes that nothing depends on: some of the loops, or all.
func.func private @repeated(%x: !attn.tensor<f32, [rows, 29]>) -> !attn.tensor<f32, [29]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<ones {at root}>} {
  %ones = attn.stage "ones" [%column: 29] sum [%row: rows, %again: 3] {
    %one = arith.constant 1.0 : f32
    attn.yield %one : f32
  } : f32
  %repeated = attn.stage "repeated" [%column: 29] sum [%row: rows, %again: 3] {
    %a = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 29]>
    %b = attn.load %ones[%column] : !attn.tensor<f32, [29]>
    %c = arith.mulf %a, %b : f32
    attn.yield %c : f32
  } : f32
  return %repeated : !attn.tensor<f32, [29]>
}

// Rows that begin with a small number twice, others where that is not negative: the second arm is where its condition does not hold.
func.func private @opposite(%x: !attn.tensor<f32, [rows, 29]>) -> !attn.tensor<f32, [29]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<
      sums {at result.parallel, pieces row small kept, lanes column 8}, result {lanes column 8, tile column.block 16 guard, parallel column.block}>} {
  %sums = attn.stage "sums" [%column: 29] sum [%row: rows] {
    %zero = arith.constant 0.0 : f32
    %half = arith.constant 0.5 : f32
    %a = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 29]>
    %origin = arith.constant 0 : index
    %first = attn.load %x[%row, %origin] : !attn.tensor<f32, [rows, 29]>
    %magnitude = math.absf %first : f32
    %small = arith.cmpf olt, %magnitude, %half : f32
    %negative = arith.cmpf olt, %first, %zero : f32
    %kept = arith.select %negative, %zero, %a : f32
    %twice = arith.addf %a, %a : f32
    %term = arith.select %small, %twice, %kept : f32
    attn.yield %term : f32
  } : f32
  %result = attn.stage "result" [%column: 29] {
    %s = attn.load %sums[%column] : !attn.tensor<f32, [29]>
    attn.yield %s : f32
  } : f32
  return %result : !attn.tensor<f32, [29]>
}

func.func private @reshaped(%x: !attn.tensor<f32, [rows, 8]>) -> !attn.tensor<f32, [8 * rows]>
    attributes {attn.kernel, attn.symbols = ["rows"]} {
  %r = attn.reshape %x : !attn.tensor<f32, [rows, 8]> -> !attn.tensor<f32, [8 * rows]>
  %y = attn.stage "y" [%i: 8 * rows] {
    %a = attn.load %r[%i] : !attn.tensor<f32, [8 * rows]>
    attn.yield %a : f32
  } : f32
  return %y : !attn.tensor<f32, [8 * rows]>
}

// Two values by one of two pieces, or neither: where both conditions hold the
// first counts. What the second alone needs is computed in its loop.
func.func private @pieces(%x: !attn.tensor<f32, [rows, 29]>) -> !attn.tensor<f32, [rows, 29]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<
      total {at y.row},
      split {at y.row, pieces row first positive},
      square {at split.positive.row, lanes column 8},
      y {lanes column 8}>} {
  %total = attn.stage "total" [%row: rows] sum [%column: 29] {
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 29]>
    attn.yield %e : f32
  } : f32
  %square = attn.stage "square" [%row: rows, %column: 29] {
    %j = attn.within %column [29] : index
    %e = attn.load %x[%row, %j] : !attn.tensor<f32, [rows, 29]>
    %s = arith.mulf %e, %e : f32
    attn.yield %s : f32
  } : f32
  %split:2 = attn.stage "split" [%row: rows, %column: 29] {
    %three = arith.constant 3 : index
    %isFirst = arith.cmpi slt, %row, %three : index
    %t = attn.load %total[%row] : !attn.tensor<f32, [rows]>
    %zero = arith.constant 0.0 : f32
    %isPositive = arith.cmpf ogt, %t, %zero : f32
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 29]>
    %s = attn.load %square[%row, %column] : !attn.tensor<f32, [rows, 29]>
    %minus = arith.constant -1.0 : f32
    %a1 = arith.select %isPositive, %s, %zero : f32
    %a = arith.select %isFirst, %e, %a1 : f32
    %b1 = arith.select %isPositive, %e, %minus : f32
    %b = arith.select %isFirst, %zero, %b1 : f32
    attn.yield %a, %b : f32, f32
  } : f32, f32
  %y = attn.stage "y" [%row: rows, %column: 29] {
    %a = attn.load %split#0[%row, %column] : !attn.tensor<f32, [rows, 29]>
    %b = attn.load %split#1[%row, %column] : !attn.tensor<f32, [rows, 29]>
    %four = arith.constant 4.0 : f32
    %m = arith.mulf %b, %four : f32
    %r = arith.addf %a, %m : f32
    attn.yield %r : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 29]>
}

// Elements of no piece are never set; the sum over pieces leaves them out.
func.func private @sparse(%x: !attn.tensor<f32, [rows, 29]>, %kept: !attn.tensor<i1, [rows]>) -> !attn.tensor<f32, [29]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<
      twice {at root, pieces row kept, sparse, lanes column 8},
      sum {at root, skip, order column row, lanes column 8},
      y {lanes column 8}>} {
  %twice = attn.stage "twice" [%row: rows, %column: 29] {
    %c = attn.load %kept[%row] : !attn.tensor<i1, [rows]>
    %e = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 29]>
    %d = arith.addf %e, %e : f32
    %zero = arith.constant 0.0 : f32
    %s = arith.select %c, %d, %zero : f32
    attn.yield %s : f32
  } : f32
  %sum = attn.stage "sum" [%column: 29] sum [%row: rows] {
    %c = attn.load %kept[%row] : !attn.tensor<i1, [rows]>
    %e = attn.load %twice[%row, %column] : !attn.tensor<f32, [rows, 29]>
    %zero = arith.constant 0.0 : f32
    %s = arith.select %c, %e, %zero : f32
    attn.yield %s : f32
  } : f32
  %y = attn.stage "y" [%column: 29] {
    %s = attn.load %sum[%column] : !attn.tensor<f32, [29]>
    attn.yield %s : f32
  } : f32
  return %y : !attn.tensor<f32, [29]>
}

// Integers that wrap around, quotients and remainders of both signs, conditions on
// integers as large as their type, and reads whose index is outside of the table.
func.func private @integers(%x: !attn.tensor<i32, [rows]>, %y: !attn.tensor<i32, [rows]>, %table: !attn.tensor<i32, [29]>) -> !attn.tensor<i32, [9, rows]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<result {lanes row 8}>} {
  %result = attn.stage "result" [%which: 9, %row: rows] {
    %a = attn.load %x[%row] : !attn.tensor<i32, [rows]>
    %b = attn.load %y[%row] : !attn.tensor<i32, [rows]>
    %place = arith.index_cast %row : index to i32
    %sum = arith.addi %a, %b : i32
    %difference = arith.subi %a, %b : i32
    %product = arith.muli %a, %b : i32
    %quotient = arith.floordivsi %a, %b : i32
    %whole = arith.muli %quotient, %b : i32
    %rest = arith.subi %a, %whole : i32
    %minus = arith.constant -3 : i32
    %third = arith.floordivsi %a, %minus : i32
    %three = arith.muli %third, %minus : i32
    %other = arith.subi %a, %three : i32
    // i - n < m, not i < n + m.
    %nine = arith.constant 9 : i32
    %apart = arith.subi %place, %nine : i32
    %isLess = arith.cmpi slt, %apart, %a : i32
    %less = arith.extui %isLess : i1 to i32
    %index = arith.index_cast %a : i32 to index
    %inside = attn.clamp %index [29] : index
    %read = attn.load %table[%inside] : !attn.tensor<i32, [29]>
    %two = arith.constant 2 : index
    %twenty = arith.constant 20 : index
    %twice = arith.muli %row, %two : index
    %far = arith.subi %twice, %twenty : index
    %near = attn.clamp %far [29] : index
    %moved = attn.load %table[%near] : !attn.tensor<i32, [29]>
    %number = arith.index_cast %which : index to i32
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c2 = arith.constant 2 : i32
    %c3 = arith.constant 3 : i32
    %c4 = arith.constant 4 : i32
    %c5 = arith.constant 5 : i32
    %c6 = arith.constant 6 : i32
    %c7 = arith.constant 7 : i32
    %is0 = arith.cmpi eq, %number, %c0 : i32
    %is1 = arith.cmpi eq, %number, %c1 : i32
    %is2 = arith.cmpi eq, %number, %c2 : i32
    %is3 = arith.cmpi eq, %number, %c3 : i32
    %is4 = arith.cmpi eq, %number, %c4 : i32
    %is5 = arith.cmpi eq, %number, %c5 : i32
    %is6 = arith.cmpi eq, %number, %c6 : i32
    %is7 = arith.cmpi eq, %number, %c7 : i32
    %s7 = arith.select %is7, %read, %moved : i32
    %s6 = arith.select %is6, %less, %s7 : i32
    %s5 = arith.select %is5, %other, %s6 : i32
    %s4 = arith.select %is4, %rest, %s5 : i32
    %s3 = arith.select %is3, %quotient, %s4 : i32
    %s2 = arith.select %is2, %product, %s3 : i32
    %s1 = arith.select %is1, %difference, %s2 : i32
    %s0 = arith.select %is0, %sum, %s1 : i32
    attn.yield %s0 : i32
  } : i32
  return %result : !attn.tensor<i32, [9, rows]>
}
