// RUN: attn-opt %s -verify-diagnostics -split-input-file

func.func @f() {
  // expected-error @+1 {{'attn.buffer' op names @w, which is neither a weight nor a prepared tensor}}
  %w = attn.buffer @w : memref<8xf32>
  return
}

// -----

attn.weight @w : !attn.tensor<f32, [4]>
func.func @f() {
  // expected-error @+1 {{'attn.buffer' op has type 'memref<8xf32>', but @w is '!attn.tensor<f32, [4]>'}}
  %w = attn.buffer @w : memref<8xf32>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.temporary' op is alive from call 3 to call 1}}
  %t = attn.temporary [4] alive 3 to 1 : memref<4xf32>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.temporary' op size -4 is negative}}
  %t = attn.temporary [-4] alive 0 to 1 : memref<4xf32>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.temporary' op gives 'memref<4xf32>' where its sizes ask for 'memref<?xf32>'}}
  %t = attn.temporary [n] alive 0 to 1 : memref<4xf32>
  return
}

// -----

func.func @f(%x: memref<4xf32, strided<[2]>>) {
  // expected-error @+1 {{'attn.view' op needs dense row-major memory, but gets 'memref<4xf32, strided<[2]>>'}}
  %v = attn.view %x as [4] : memref<4xf32, strided<[2]>> to memref<4xf32>
  return
}

// -----

func.func @f(%x: memref<4xf32>) {
  // expected-error @+1 {{'attn.view' op changes the element type}}
  %v = attn.view %x as [4] : memref<4xf32> to memref<4xi32>
  return
}

// -----

func.func @f(%x: memref<4xf32>) {
  // expected-error @+1 {{'attn.check_indices' op checks dense i32 indices, but they are 'memref<4xf32>'}}
  attn.check_indices %x below [4] "ids" : memref<4xf32>
  return
}

// -----

func.func @f(%x: memref<4xi32>) {
  // expected-error @+1 {{'attn.check_indices' op checks one number with 'if_any', not 'memref<4xi32>'}}
  attn.check_indices %x below [4] if_any "ids" : memref<4xi32>
  return
}

// -----

func.func @f(%x: memref<4xf32>) {
  // expected-error @+1 {{'attn.launch' op launches @f, which is not a kernel}}
  attn.launch @f(%x) into %x : (memref<4xf32>) into memref<4xf32>
  return
}

// -----

func.func private @k(%x: !attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]> attributes {attn.kernel, attn.symbols = ["rows"]}
func.func @f(%x: memref<?xf32>) {
  // expected-error @+1 {{'attn.launch' op does not say what size "rows" of @k is}}
  attn.launch @k(%x) into %x : (memref<?xf32>) into memref<?xf32>
  return
}

// -----

func.func private @k(%x: !attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]> attributes {attn.kernel, attn.symbols = ["rows"]}
func.func @f(%x: memref<?xf32>) {
  // expected-error @+1 {{size 'rows' is given twice}}
  attn.launch @k(%x) into %x sizes (rows = 1, rows = 2) : (memref<?xf32>) into memref<?xf32>
  return
}

// -----

func.func private @k(%x: !attn.tensor<f32, [4]>) -> !attn.tensor<f32, [4]> attributes {attn.kernel}
func.func @f(%x: memref<5xf32>, %y: memref<4xf32>) {
  // expected-error @+1 {{'attn.launch' op gives 'memref<5xf32>' where @k takes '!attn.tensor<f32, [4]>'}}
  attn.launch @k(%x) into %y : (memref<5xf32>) into memref<4xf32>
  return
}

// -----

func.func private @k(%x: !attn.tensor<f32, [4]>) -> !attn.tensor<f32, [4]> attributes {attn.kernel}
func.func @f(%x: memref<5xf32>, %y: memref<4xf32>) {
  // expected-error @+1 {{'attn.launch' op writes to 'memref<5xf32>', but @k gives '!attn.tensor<f32, [4]>'}}
  attn.launch @k(%y) into %x : (memref<4xf32>) into memref<5xf32>
  return
}

// -----

func.func private @k(%x: !attn.tensor<f32, [4]>) -> !attn.tensor<f32, [4]> attributes {attn.kernel}
func.func @f(%y: memref<4xf32>) {
  // expected-error @+1 {{'attn.launch' op gives 2 inputs to @k, which takes 1}}
  attn.launch @k(%y, %y) into %y : (memref<4xf32>, memref<4xf32>) into memref<4xf32>
  return
}

// -----

func.func private @k(%x: f32) -> f32 attributes {attn.kernel}
func.func @f(%y: memref<4xf32>) {
  // expected-error @+1 {{'attn.launch' op launches @k, which is not on tensors}}
  attn.launch @k(%y) into %y : (memref<4xf32>) into memref<4xf32>
  return
}
