"""The model of examples/minilm with other sizes, none of which a vector or a
tile divides, and random weights: nothing may rest on the published ones.

    other_sizes_test.py BIN_FOLDER [unittest's options]
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

from bert_oracle import Bert, save_safetensors
from compiled_program import run_program

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent / "examples/minilm/minilm.attn"
BOUND = 2e-6  # On numbers of about 0.1: some tens of roundings of float32.


def random_weights(random, width, layers, hidden, vocab, positions, **_):
    shapes = {f"embeddings.{kind}_embeddings.weight": (count, width)
              for kind, count in (("word", vocab), ("position", positions), ("token_type", 2))}
    norms = ["embeddings.LayerNorm"]
    linears = {}
    for index in range(layers):
        layer = f"encoder.layer.{index}"
        for part in ("query", "key", "value"):
            linears[f"{layer}.attention.self.{part}"] = (width, width)
        linears[f"{layer}.attention.output.dense"] = (width, width)
        linears[f"{layer}.intermediate.dense"] = (hidden, width)
        linears[f"{layer}.output.dense"] = (width, hidden)
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    tensors = {name: random.normal(size=shape) for name, shape in shapes.items()}
    for name, shape in linears.items():
        tensors[f"{name}.weight"] = random.normal(size=shape) / np.sqrt(shape[1])
        tensors[f"{name}.bias"] = random.normal(size=shape[0]) / 10
    for name in norms:
        tensors[f"{name}.weight"] = 1 + random.normal(size=width) / 10
        tensors[f"{name}.bias"] = random.normal(size=width) / 10
    return tensors


class OtherSizes(unittest.TestCase):
    def check(self, targets=("host",), **sizes):
        random = np.random.default_rng(11)
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            weights = scratch / "weights.safetensors"
            save_safetensors(weights, random_weights(random, **sizes))
            oracle = Bert(weights, sizes["heads"])
            programs = []
            for target in targets:
                programs.append(scratch / target)
                settings = [f"--set={name}={value}" for name, value in sizes.items()]
                subprocess.run([BIN / "attnc", SOURCE, "-o", programs[-1], f"--target={target}", *settings], check=True)
            for batch, tokens in ((1, 1), (3, 2), (2, 7), (5, 13), (1, 30), (2, sizes["positions"])):
                ids = random.integers(0, sizes["vocab"], (batch, tokens)).astype(np.int32)
                valid = random.random((batch, tokens)) < 0.7
                valid[:, random.integers(0, tokens)] = True
                expected = oracle.embed(ids, valid)
                for program in programs:
                    with self.subTest(program=program.name, batch=batch, tokens=tokens):
                        actual = run_program(program, weights, scratch / "run", ids=ids, valid=valid)
                        self.assertEqual(actual.shape, expected.shape)
                        self.assertLess(np.abs(actual - expected).max(), BOUND)

    def test_five_heads_of_24(self):
        self.check(("host", "x86-64-v3"), width=120, heads=5, layers=2, hidden=251, vocab=97, positions=37)

    def test_one_head_of_7(self):
        self.check(width=7, heads=1, layers=1, hidden=3, vocab=5, positions=41)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    BIN = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
