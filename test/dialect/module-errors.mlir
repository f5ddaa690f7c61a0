// RUN: attn-opt %s -verify-diagnostics -split-input-file

// expected-error @+1 {{'attn.weight' op must have constant sizes, but is '!attn.tensor<f32, [n]>'}}
attn.weight @w : !attn.tensor<f32, [n]>

// -----

// expected-error @+1 {{'attn.prepared' op must have constant sizes, but is '!attn.tensor<f32, [n]>'}}
attn.prepared @w : !attn.tensor<f32, [n]>

// -----

attn.weight @w : !attn.tensor<f32, [4]>
func.func @f() {
  // expected-error @+1 {{'attn.read' op has type '!attn.tensor<f32, [5]>', but @w is '!attn.tensor<f32, [4]>'}}
  %0 = attn.read @w : !attn.tensor<f32, [5]>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.read' op names @f, which is neither a weight nor a prepared tensor}}
  %0 = attn.read @f : !attn.tensor<f32, [5]>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.read' op names @missing, which is neither a weight nor a prepared tensor}}
  %0 = attn.read @missing : !attn.tensor<f32, [5]>
  return
}

// -----

attn.weight @w : !attn.tensor<f32, [4]>
func.func @prepare() attributes {attn.prepare} {
  %0 = attn.read @w : !attn.tensor<f32, [4]>
  // expected-error @+1 {{'attn.write' op names @w, which is not a prepared tensor}}
  attn.write @w, %0 : !attn.tensor<f32, [4]>
  return
}

// -----

attn.prepared @p : !attn.tensor<f32, [3]>
func.func @prepare(%0: !attn.tensor<f32, [4]>) attributes {attn.prepare} {
  // expected-error @+1 {{'attn.write' op has type '!attn.tensor<f32, [4]>', but @p is '!attn.tensor<f32, [3]>'}}
  attn.write @p, %0 : !attn.tensor<f32, [4]>
  return
}

// -----

attn.prepared @p : !attn.tensor<f32, [4]>
func.func @f(%0: !attn.tensor<f32, [4]>) attributes {attn.model} {
  // expected-error @+1 {{'attn.write' op must be in the function that prepares weights, which has the attribute 'attn.prepare'}}
  attn.write @p, %0 : !attn.tensor<f32, [4]>
  return
}

// -----

func.func @f(%0: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.check_index' op checks i32 indices, but they are 'f32'}}
  attn.check_index %0 below [4] "ids" : !attn.tensor<f32, [n]>
  return
}

// -----

func.func @f(%0: !attn.tensor<i32, [n]>) {
  // expected-error @+1 {{'attn.check_index' op checks one number with 'if_any', not '!attn.tensor<i32, [n]>'}}
  attn.check_index %0 below [4] if_any "ids" : !attn.tensor<i32, [n]>
  return
}
