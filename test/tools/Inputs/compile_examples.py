"""Compiles every example to the phase `kernels`: in f32 for vectors of 256 bits, in
bf16 for those of 512 with dot products."""

import pathlib
import subprocess
import sys

examples = sorted(pathlib.Path(sys.argv[1]).glob("*/*.attn"))
compiled = 0
for example in examples:
    for precision, target in ("f32", "x86-64-v3"), ("bf16", "znver5"):
        command = ["attnc", str(example), f"--precision={precision}", f"--target={target}", "--compile-to=kernels", "-o", "-"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode or "attn.kernel" not in done.stdout:
            print(f"{example.name} in {precision} for {target} failed: {done.stderr[-2000:]}")
        compiled += 1
print(f"{compiled} compiled")
