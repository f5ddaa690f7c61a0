"""Runs a program in a process of its own and compares its peak memory with a bound.

check_memory.py PROGRAM TYPE FILE: writes weights of that type (F32 or BF16) for memory.attn to FILE and runs PROGRAM with
them. What was prepared is 64 MiB; 20 more are for code, arena and stacks. A second copy of all weights would show.
"""

import json
import struct
import subprocess
import sys

WIDTH, LAYERS, MIB = 1024, 16, 1 << 20

program, kind, path = sys.argv[1:]
size = {"F32": 4, "BF16": 2}[kind]
header, blobs, offset = {}, [], 0
for layer in range(LAYERS):
    for name, shape in (("weight", [WIDTH, WIDTH]), ("bias", [WIDTH])):
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        one = (0x3A80).to_bytes(2, "little") if kind == "BF16" else struct.pack("<f", 2**-10)
        header[f"layer.{layer}.{name}"] = {"dtype": kind, "shape": shape, "data_offsets": [offset, offset + count * size]}
        blobs.append(one * count)
        offset += count * size
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(path, "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text)
    file.writelines(blobs)

# A child of this process starts with this process's memory, so another starts the program.
measure = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); " \
          "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
output = subprocess.run([sys.executable, "-c", measure, program, f"--weights={path}", "--input", f"x=2x{WIDTH}xf32=1",
                         "--threads=2"], check=True, capture_output=True, text=True).stdout.splitlines()
used, bound = int(output[-1]) * 1024, LAYERS * (WIDTH * WIDTH + WIDTH) * 4 + 20 * MIB
print("\n".join(output[:-1]))
print(f"{kind}: {used / MIB:.0f} MiB,", "within the bound" if used <= bound else f"more than {bound / MIB:.0f} MiB")
