"""What programs for CUDA say where calls of the driver fail, or there is none.

  cuda_calls_test.py BIN STAND_IN

BIN is the folder of attnc, STAND_IN that of a stand-in for the driver (cuda_driver.c). What kernels
compute takes a card: bench/gpu."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

DOUBLE = """
dim rows
model double(x: f32[rows, 40]) -> f32[rows, 40] { return x * 2 + 1 }
"""


ATTENTION = """
use std.attention
dim batch, tokens
model attend(q: f32[batch, tokens, 4, 64], k: f32[batch, tokens, 4, 64], v: f32[batch, tokens, 4, 64])
    -> f32[batch, tokens, 4, 64] { return causal(dot(q, k, v), k, v) }
"""


MANY_BLOCKS = """
dim a, b, c
model many(x: f32[a, b, c]) -> f32[a, b, c] { return exp(x) }
"""


class Calls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        (cls.folder / "model.attn").write_text(DOUBLE)
        cls.program = cls.folder / "model"
        subprocess.run([BIN / "attnc", cls.folder / "model.attn", "--target=cuda", "-o", cls.program], check=True)

    def run_program(self, *options, **environment):
        command = [self.program, "--input=x=3x40xf32=1", f"--output=result={self.folder / 'out.npy'}", *options]
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})

    def check_refused(self, done, *said):
        self.assertEqual(done.returncode, 1, done.stderr)
        for text in said:
            self.assertIn(text, done.stderr)

    def test_failing_calls(self):
        lost = "the card is lost to this process: start the program again"
        old = "the card or its driver is too old for this program"
        for call, code, *said in (
            ("cuInit", 100, "there is no CUDA device", "--target=opencl"),
            ("cuDevicePrimaryCtxRetain", 2, "cuDevicePrimaryCtxRetain gives CUDA error 2"),
            ("cuMemAlloc", 2, "cannot allocate 256 bytes for weights on the device"),
            ("cuMemcpyHtoDAsync", 700, "cuMemcpyHtoDAsync gives CUDA error 700", lost),
            ("cuModuleLoadData", 218, "the kernel for 'multiply'", old),
            ("cuModuleLoadData", 222, "the kernel for 'multiply'", old),
            ("cuLaunchKernel", 701, "the kernel for 'multiply'", "more registers or shared memory than the card has"),
            ("cuLaunchKernel", 719, "the kernel for 'multiply'", lost),
            ("cuStreamSynchronize", 719, "cuStreamSynchronize gives CUDA error 719", lost),
        ):
            with self.subTest(call=call, code=code):
                done = self.run_program(LD_LIBRARY_PATH=str(STAND_IN), FAILING_CALL=call, FAILING_CODE=str(code))
                self.check_refused(done, *said)

    def test_devices(self):
        self.assertEqual(self.run_program(LD_LIBRARY_PATH=str(STAND_IN)).returncode, 0)
        self.check_refused(self.run_program(LD_LIBRARY_PATH=str(STAND_IN), NO_DEVICE="1"), "there is no CUDA device")
        done = self.run_program("--device=1", LD_LIBRARY_PATH=str(STAND_IN))
        self.check_refused(done, "Stand-in (CUDA)")

    def test_many_blocks(self):
        """A card takes 65,535 blocks along the second and third dimension of a grid."""
        (self.folder / "many.attn").write_text(MANY_BLOCKS)
        program = self.folder / "many"
        subprocess.run([BIN / "attnc", self.folder / "many.attn", "--target=cuda", "-o", program], check=True)
        for shape in ("600000x1x1", "9x70000x1", "1x1x70000"):
            with self.subTest(shape=shape):
                done = subprocess.run([program, f"--input=x={shape}xf32=1"], capture_output=True, text=True,
                                      env={**os.environ, "LD_LIBRARY_PATH": str(STAND_IN)})
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_launches(self):
        (self.folder / "attention.attn").write_text(ATTENTION)
        program = self.folder / "attention"
        subprocess.run([BIN / "attnc", self.folder / "attention.attn", "--target=cuda", "-o", program], check=True)
        for tokens in (1, 70, 2048):
            inputs = [f"--input={name}=2x{tokens}x4x64xf32=1" for name in "qkv"]
            done = subprocess.run([program, *inputs, f"--output=result={self.folder / 'out.npy'}"], capture_output=True, text=True,
                                  env={**os.environ, "LD_LIBRARY_PATH": str(STAND_IN)})
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_no_driver(self):
        done = self.run_program()
        if "libcuda.so.1" not in done.stderr:
            self.skipTest("there is a CUDA driver")
        self.check_refused(done, "cannot open libcuda.so.1", "needs their driver", "--target=opencl")
        # What it says of itself needs none.
        described = subprocess.run([self.program, "--describe"], capture_output=True, text=True)
        self.assertEqual(described.returncode, 0, described.stderr)
        self.assertIn("compiled for cuda-sm_75", described.stdout)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    BIN, STAND_IN = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
    unittest.main()
