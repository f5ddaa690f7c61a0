// The language server knows the dialect: a file that is right has no diagnostics,
// one that is wrong has the verifier's at its place.
// RUN: attn-lsp-server -lit-test < %s | FileCheck %s
{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"processId":1,"rootPath":"mlir","capabilities":{},"trace":"off"}}
// CHECK: "capabilities"
// CHECK: "textDocumentSync"
// -----
{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"test:///right.mlir","languageId":"mlir","version":1,
  "text":"attn.weight @scale : !attn.tensor<f32, [4]>\n"}}}
// CHECK: "method": "textDocument/publishDiagnostics"
// CHECK: "diagnostics": []
// CHECK: "uri": "test:///right.mlir"
// -----
{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"test:///wrong.mlir","languageId":"mlir","version":1,
  "text":"func.func @f(%x: !attn.tensor<f32, [4]>) -> !attn.tensor<f32, [4]> {\n  %y = attn.stage \"y\" [%i: 5] {\n    %e = attn.load %x[%i, %i] : <f32, [4]>\n    attn.yield %e : f32\n  } : f32\n  return %y : !attn.tensor<f32, [4]>\n}\n"}}}
// CHECK: "method": "textDocument/publishDiagnostics"
// CHECK: "message":
// CHECK: "line": 5
// CHECK: "uri": "test:///wrong.mlir"
// -----
{"jsonrpc":"2.0","id":3,"method":"shutdown"}
// -----
{"jsonrpc":"2.0","method":"exit"}
