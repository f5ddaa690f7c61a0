// A gather by itself doubles the loads with each step: past a limit a view is
// stored, or 24 of them would be 2^24 loads.
// RUN: attn-opt --attn-inline-views %s -o %t && FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --print none --input ids=[1,2,3,0,4]

// CHECK-LABEL: func.func @jump
// CHECK-COUNT-4: attn.stage "gather"
// CHECK-NOT: attn.stage
!I = !attn.tensor<i32, [5]>
func.func @jump(%ids: !I {attn.name = "ids"}) -> !I attributes {attn.model} {
  %p0 = attn.stage "gather" [%i: 5] {
    %a = attn.load %ids[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %ids[%b] : !I
    attn.yield %c : i32
  } : i32
  %p1 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p0[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p0[%b] : !I
    attn.yield %c : i32
  } : i32
  %p2 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p1[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p1[%b] : !I
    attn.yield %c : i32
  } : i32
  %p3 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p2[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p2[%b] : !I
    attn.yield %c : i32
  } : i32
  %p4 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p3[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p3[%b] : !I
    attn.yield %c : i32
  } : i32
  %p5 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p4[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p4[%b] : !I
    attn.yield %c : i32
  } : i32
  %p6 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p5[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p5[%b] : !I
    attn.yield %c : i32
  } : i32
  %p7 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p6[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p6[%b] : !I
    attn.yield %c : i32
  } : i32
  %p8 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p7[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p7[%b] : !I
    attn.yield %c : i32
  } : i32
  %p9 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p8[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p8[%b] : !I
    attn.yield %c : i32
  } : i32
  %p10 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p9[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p9[%b] : !I
    attn.yield %c : i32
  } : i32
  %p11 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p10[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p10[%b] : !I
    attn.yield %c : i32
  } : i32
  %p12 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p11[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p11[%b] : !I
    attn.yield %c : i32
  } : i32
  %p13 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p12[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p12[%b] : !I
    attn.yield %c : i32
  } : i32
  %p14 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p13[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p13[%b] : !I
    attn.yield %c : i32
  } : i32
  %p15 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p14[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p14[%b] : !I
    attn.yield %c : i32
  } : i32
  %p16 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p15[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p15[%b] : !I
    attn.yield %c : i32
  } : i32
  %p17 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p16[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p16[%b] : !I
    attn.yield %c : i32
  } : i32
  %p18 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p17[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p17[%b] : !I
    attn.yield %c : i32
  } : i32
  %p19 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p18[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p18[%b] : !I
    attn.yield %c : i32
  } : i32
  %p20 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p19[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p19[%b] : !I
    attn.yield %c : i32
  } : i32
  %p21 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p20[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p20[%b] : !I
    attn.yield %c : i32
  } : i32
  %p22 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p21[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p21[%b] : !I
    attn.yield %c : i32
  } : i32
  %p23 = attn.stage "gather" [%i: 5] {
    %a = attn.load %p22[%i] : !I
    %b = arith.index_cast %a : i32 to index
    %c = attn.load %p22[%b] : !I
    attn.yield %c : i32
  } : i32
  return %p23 : !I
}
