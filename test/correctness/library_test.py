"""The standard library by the interpreter, against PyTorch and the papers:
library/library.attn makes each of its functions a model, library/make_golden.py
says what each should give. A layer with dropout is compiled as well.

    library_test.py BIN_FOLDER [unittest's options]
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import numpy as np

from golden_cases import GoldenCases, golden_class

FOLDER = pathlib.Path(__file__).resolve().parent / "library"
SEED = 7  # As in library/make_golden.py. Models without dropout read none.


class Interpreted(GoldenCases):
    @classmethod
    def make_command(cls, settings):
        return [BIN / "attn-run", FOLDER / "library.attn", "--reference", f"--seed={SEED}", *settings]

    def test_every_model_has_a_case(self):
        models = re.findall(r"^model (\w+)", (FOLDER / "library.attn").read_text(), re.MULTILINE)
        self.assertEqual(sorted(models), sorted(case["model"] for case in self.golden["cases"]))


class CompiledDropout(unittest.TestCase):
    """library/dropout.attn, which has a rate of 0.3."""

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = pathlib.Path(scratch.name)
        random = np.random.default_rng(1)
        inputs = {
            "layer": {
                "x": random.normal(size=(2, 37, 24)),
                "valid": np.arange(37) < np.array([[37], [20]]),
                "memory": random.normal(size=(2, 13, 24)),
                "memory_valid": np.arange(13) < np.array([[5], [13]]),
            },
            "weights": {
                "q": random.normal(size=(2, 37, 4, 6)),
                "k": random.normal(size=(2, 37, 4, 6)),
                "v": np.tile(np.eye(37)[:, None], (2, 1, 4, 1)),
            },
        }
        cls.inputs = {}
        for model, arrays in inputs.items():
            cls.inputs[model] = [f"--input={name}=@{cls.scratch / name}.npy" for name in arrays]
            for name, array in arrays.items():
                np.save(cls.scratch / name, array if array.dtype == bool else array.astype(np.float32))

    def attn_run(self, model, *options):
        command = [BIN / "attn-run", FOLDER / "dropout.attn", f"--model={model}", "--weights=random:1"]
        environment = dict(os.environ, ATTUNE_CACHE_DIR=str(self.scratch / "cache"))
        done = subprocess.run(
            [*command, *self.inputs[model], *options], capture_output=True, text=True, env=environment
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def result(self, model, *options):
        self.attn_run(model, f"--output={self.scratch / 'result.npy'}", *options)
        return np.load(self.scratch / "result.npy")

    def test_compiler_and_interpreter_agree(self):
        for model in ("layer", "weights"):
            self.attn_run(model, "--compare", f"--seed={SEED}")

    def test_a_seed_is_a_result(self):
        one, two = (self.result("layer", f"--seed={SEED}", f"--threads={threads}") for threads in (1, 2))
        np.testing.assert_array_equal(one, two)
        self.assertTrue((one != self.result("layer", "--seed=8")).any())

    def test_without_a_seed_is_without_dropout(self):
        for model in ("layer", "weights"):
            np.testing.assert_array_equal(self.result(model), self.result(model, "--set=dropout_rate=0.0"))

    def test_rate_is_what_is_dropped(self):
        weights = self.result("weights")
        drawn = self.result("weights", f"--seed={SEED}")
        kept = drawn != 0
        pairs = 2 * 4 * 37 * 38 // 2  # Of two rows and four heads, causal.
        self.assertAlmostEqual(kept.sum() / pairs, 0.7, delta=5 * (0.3 * 0.7 / pairs) ** 0.5)
        np.testing.assert_allclose(drawn[kept], weights[kept] / 0.7, rtol=1e-5)


def load_tests(loader, *_):
    tests = loader.loadTestsFromTestCase(golden_class(Interpreted, FOLDER))
    tests.addTests(loader.loadTestsFromTestCase(CompiledDropout))
    return tests


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    BIN = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
