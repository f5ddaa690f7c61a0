// Size symbols are bound from shapes, through expressions too where one symbol
// is left.
// RUN: attn-interpret %s --input q=2xf32=0 --input r=5xf32=0 --input s=8xf32=0 | FileCheck %s

// CHECK: result : 4xi32
// CHECK-NEXT: 2 3 4 7
func.func @f(%q: !attn.tensor<f32, [queries]> {attn.name = "q"}, %r: !attn.tensor<f32, [queries + keys]> {attn.name = "r"}, %s: !attn.tensor<f32, [m * 2]> {attn.name = "s"}) -> !attn.tensor<i32, [4]> {
  %o = attn.stage "sizes" [%i: 4] {
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %0 = attn.size [queries] : index
    %1 = attn.size [keys] : index
    %2 = attn.size [m] : index
    %3 = attn.size [(queries + keys + m * 2) floordiv 2 + (keys mod 2)] : index
    %is1 = arith.cmpi eq, %i, %c1 : index
    %is2 = arith.cmpi eq, %i, %c2 : index
    %is3 = arith.cmpi eq, %i, %c3 : index
    %4 = arith.select %is1, %1, %0 : index
    %5 = arith.select %is2, %2, %4 : index
    %6 = arith.select %is3, %3, %5 : index
    %7 = arith.index_cast %6 : index to i32
    attn.yield %7 : i32
  } : i32
  return %o : !attn.tensor<i32, [4]>
}
