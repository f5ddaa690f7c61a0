"""Models on the first OpenCL device, which PoCL gives this processor.

    opencl_test.py BIN_FOLDER WEIGHTS_FOLDER LAYER_OF_FAILURES [unittest's options]
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

from compiled_program import run_program

HERE = pathlib.Path(__file__).resolve().parent
MINILM = HERE.parent.parent / "examples/minilm/minilm.attn"
BOUND = 1e-4  # On each number of a unit vector; float32 reaches about 1e-6.

DOUBLE = """
dim rows
model double(x: f32[rows, 40]) -> f32[rows, 40] { return x * 2 + 1 }
"""

# What computes in f64 on processors.
WIDE = """
use std.selection
dim rows
model wide(x: f32[rows, 40]) -> (angles: f32[rows, 40], powers: f32[rows, 40], largest: i32[rows]) {
  return sin(x) + cos(1000 * x), pow(abs(x), 1.5), argmax(x)
}
"""
# No model has f64, but IR may.
IN_F64 = """
!X = !attn.tensor<f32, [rows, 40]>
func.func @double(%x: !X {attn.name = "x"}) -> (!X {attn.name = "result"}) attributes {attn.model} {
  %y = attn.stage "doubled" [%row: rows, %column: 40] {
    %v = attn.load %x[%row, %column] : <f32, [rows, 40]>
    %w = arith.extf %v : f32 to f64
    %s = arith.addf %w, %w : f64
    %r = arith.truncf %s : f64 to f32
    attn.yield %r : f32
  } : f32
  return %y : !X
}
"""

# Columns that fill no block: the last one's vectors are guarded.
GUARDED = """
use std.layers
dim rows
model project(x: f32[rows, 36]) -> f32[rows, 36] { return x + linear(x, 36) }
"""

# So many rows that the threads of a block share the operands: of weights, of a tensor by its rows,
# of one by its columns, of matrices in a batch, of halves; and where the columns fill no block.
PRODUCTS = """
use std.layers
dim rows, batch
model weights(x: f32[rows, 64]) -> f32[rows, 8192] {
  param w: f32[8192, 64], b: f32[8192]
  return gelu(x @ transpose(w) + b)
}
model rows_by_rows(x: f32[rows, 32], y: f32[8192, 32]) -> f32[rows, 8192] { return x @ transpose(y) }
model columns_by_columns(x: f32[32, 640], y: f32[32, 8192]) -> f32[640, 8192] { return transpose(x) @ y }
model batched(x: f32[batch, rows, 32], y: f32[batch, 32, 4096]) -> f32[batch, rows, 4096] { return x @ y }
model ragged(x: f32[16000, 32], y: f32[32, 100]) -> f32[16000, 100] { return x @ y }
model narrow(x: f32[40000, 32], y: f32[32, 36]) -> f32[40000, 36] { return x @ y }
model halves(x: f16[rows, 32], y: f16[32, 8192]) -> f16[rows, 8192] { return x @ y }
"""

# Up to four rows take their depth in parts, of weights, of a tensor, and before a norm.
FEW_ROWS = """
use std.layers
dim rows, batch
model weights(x: f32[rows, 1024]) -> f32[rows, 100] { return gelu(linear(x, 100) at "one") }
model normed(x: f32[rows, 512]) -> f32[rows, 512] {
  return layer_norm(x + linear(gelu(x), 512) at "two") at "norm"
}
model batched(x: f32[batch, rows, 512], y: f32[batch, 512, 64]) -> f32[batch, rows, 64] { return x @ y }
model one(x: f16[1, 256], y: f16[256, 48]) -> f16[1, 48] { return x @ y }
"""

NARROW = """
use std.attention
dim batch, tokens
model bf16(q: bf16[batch, tokens, 2, 24], k: bf16[batch, tokens, 2, 24], v: bf16[batch, tokens, 2, 24])
    -> bf16[batch, tokens, 2, 24] { return causal(q, k, v) }
model f16(q: f16[batch, tokens, 2, 24], k: f16[batch, tokens, 2, 24], v: f16[batch, tokens, 2, 24])
    -> f16[batch, tokens, 2, 24] { return causal(q, k, v) }
"""


class OnDevice(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def compile(self, text, target="opencl", name="model.attn"):
        source, program = self.folder / name, self.folder / f"model-{target}"
        source.write_text(text)
        subprocess.run([BIN / "attnc", source, f"--target={target}", "-o", program], check=True)
        return program

    def run_double(self, program, *options, **environment):
        command = [program, "--input", "x=3x40xf32=random:1", *options]
        return subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, **environment))

    def check_refused(self, done, *said):
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        for text in said:
            self.assertIn(text, done.stderr)

    def test_minilm(self):
        program = self.folder / "minilm"
        subprocess.run([BIN / "attnc", MINILM, "--target=opencl", "-o", program], check=True)
        ids, valid, golden = (np.load(HERE / f"minilm/{part}.npy") for part in ("ids", "valid", "embeddings"))
        weights = WEIGHTS / "model.safetensors"
        for rows in (slice(0, 1), slice(1, 4)):
            width = valid[rows].sum(1).max()
            inputs = {"ids": ids[rows, :width].astype(np.int32), "valid": valid[rows, :width]}
            result = run_program(program, weights, self.folder / "minilm", **inputs)
            self.assertLess(np.abs(result - golden[rows]).max(), BOUND)
            again = run_program(program, weights, self.folder / "again", **inputs)
            np.testing.assert_array_equal(result, again)
        done = subprocess.run([program, "--weights", weights, "--input", "ids=1x5xi32=7", "--input", "valid=1x5xbool=1",
                               "--profile"], capture_output=True, text=True, env=dict(os.environ, POCL_DEBUG="error,warn"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("POCL_DEBUG flags", done.stderr)
        self.assertNotIn("***", done.stderr)  # which stand around "ERROR" and "WARNING"
        self.assertIn("encoder.layer.0.padded and 5 more", done.stdout)

    def test_narrow_types(self):
        (self.folder / "narrow.attn").write_text(NARROW)
        for model in ("bf16", "f16"):
            inputs = [f"--input={name}=2x33x2x24x{model}=random:{seed}" for seed, name in enumerate("qkv")]
            command = [BIN / "attn-run", self.folder / "narrow.attn", "--target=opencl", "--compare", f"--model={model}"]
            done = subprocess.run(command + inputs, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_indices_outside(self):
        program = self.folder / "minilm"
        subprocess.run([BIN / "attnc", MINILM, "--target=opencl", "-o", program], check=True)
        done = subprocess.run([program, "--weights=random", "--input", "ids=1x3xi32=5,30522,7", "--input", "valid=1x3xbool=1"],
                              capture_output=True, text=True)
        self.check_refused(done, "input 'ids' at [0, 1] is 30522, but must be at least 0 and below 30522")

    def test_inputs_that_disagree(self):
        program = self.compile(NARROW)  # which has no weights: nothing has run before
        done = subprocess.run([program, "--input=q=1x5x2x24xbf16=1", "--input=k=1x4x2x24xbf16=1",
                               "--input=v=1x5x2x24xbf16=1"], capture_output=True, text=True)
        self.check_refused(done, "tokens")

    def test_device_by_name(self):
        program = self.compile(DOUBLE)
        plain = self.run_double(program)
        self.assertEqual(plain.returncode, 0, plain.stderr)
        for name in ("0", "portable computing"):
            done = self.run_double(program, f"--device={name}")
            self.assertEqual((done.returncode, done.stdout), (0, plain.stdout), done.stderr)
        self.check_refused(self.run_double(program, "--device=abacus"), "there is no device 'abacus'; there are 0: ",
                           "Portable Computing Language")
        self.check_refused(self.run_double(program, "--device=99"), "there is no device '99'")

    def test_no_device(self):
        program = self.compile(DOUBLE)
        (self.folder / "vendors").mkdir()
        done = self.run_double(program, OCL_ICD_VENDORS=f"{self.folder / 'vendors'}/")
        self.check_refused(done, "there is no OpenCL device: install a driver", "--target=host")

    def test_guarded_columns(self):
        (self.folder / "guarded.attn").write_text(GUARDED)
        command = [BIN / "attn-run", self.folder / "guarded.attn", "--target=opencl", "--compare", "--weights=random:1"]
        done = subprocess.run(command + ["--input=x=23x36xf32=random:1"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_shared_operands(self):
        self.check_products(PRODUCTS, ("weights", ["x=130x64xf32=random:1"]),
                            ("weights", ["x=513x64xf32=random:1"]),
                            ("rows_by_rows", ["x=129x32xf32=random:1", "y=8192x32xf32=random:2"]),
                            ("columns_by_columns", ["x=32x640xf32=random:1", "y=32x8192xf32=random:2"]),
                            ("batched", ["x=2x257x32xf32=random:1", "y=2x32x4096xf32=random:2"]),
                            ("ragged", ["x=16000x32xf32=random:1", "y=32x100xf32=random:2"]),
                            ("narrow", ["x=40000x32xf32=random:1", "y=32x36xf32=random:2"]),
                            ("halves", ["x=129x32xf16=random:1", "y=32x8192xf16=random:2"]))

    def test_few_rows(self):
        self.check_products(FEW_ROWS, ("weights", ["x=1x1024xf32=random:1"]),
                            ("weights", ["x=5x1024xf32=random:1"]),
                            ("normed", ["x=4x512xf32=random:1"]),
                            ("batched", ["x=3x2x512xf32=random:1", "y=3x512x64xf32=random:2"]),
                            ("one", ["x=1x256xf16=random:1", "y=256x48xf16=random:2"]))

    def check_products(self, text, *runs):
        (self.folder / "products.attn").write_text(text)
        for model, inputs in runs:
            command = [BIN / "attn-run", self.folder / "products.attn", "--target=opencl", "--compare", f"--model={model}", "--weights=random:1"]
            with self.subTest(model=model, inputs=inputs):
                done = subprocess.run(command + [f"--input={one}" for one in inputs], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_failing_calls(self):
        program = self.compile(DOUBLE)
        for call, code, *said in (
            ("clCreateBuffer", -4, "cannot allocate 128 bytes for weights on the device", "out of memory"),
            ("clEnqueueWriteBuffer", -36, "the device was lost (clEnqueueWriteBuffer gives OpenCL error -36)"),
            ("clEnqueueNDRangeKernel", -5, "the kernel for 'multiply'", "CL_OUT_OF_RESOURCES", "out of memory or other resources"),
            ("clEnqueueNDRangeKernel", -36, "the kernel for 'multiply'", "the device was lost"),
            ("clFinish", -2, "the device is not available"),
        ):
            with self.subTest(call=call, code=code):
                done = self.run_double(program, OPENCL_LAYERS=str(FAILURES), FAILING_CALL=call, FAILING_CODE=str(code))
                self.check_refused(done, *said)
        self.assertEqual(self.run_double(program, OPENCL_LAYERS=str(FAILURES)).returncode, 0)

    def test_device_without_f64(self):
        without = {"OPENCL_LAYERS": str(FAILURES), "WITHOUT_F64": "1"}
        program = self.compile(IN_F64, name="model.mlir")
        self.assertEqual(self.run_double(program).returncode, 0)
        self.check_refused(self.run_double(program, **without), "the kernel for 'doubled'", "has no f64")
        program = self.compile(WIDE)
        outputs = [f"--output={name}={self.folder / name}.npy" for name in ("angles", "powers", "largest")]
        x = np.random.default_rng(3).uniform(-1, 1, (3, 40)).astype(np.float32)
        np.save(self.folder / "x.npy", x)
        command = [program, "--input", f"x=@{self.folder / 'x.npy'}", *outputs]
        done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, **without))
        self.assertEqual(done.returncode, 0, done.stderr)
        got = [np.load(self.folder / f"{name}.npy") for name in ("angles", "powers", "largest")]
        wide = x.astype(np.float64)
        thousand = (np.float32(1000) * x).astype(np.float64)
        np.testing.assert_allclose(got[0], np.sin(wide) + np.cos(thousand), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(got[1], np.abs(wide) ** 1.5, rtol=4e-7)
        np.testing.assert_array_equal(got[2], np.argmax(wide, axis=-1))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    BIN, WEIGHTS, FAILURES = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(3))
    unittest.main()
