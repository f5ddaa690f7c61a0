"""Every example with golden outputs, compiled by attnc, against float64.

    examples_test.py BIN_FOLDER CACHE_FOLDER [unittest's options]

An example is a folder examples/NAME with NAME.attn and make_golden.py, which
writes golden/cases.json and the files it names (examples/golden_files.py does
the writing):

    {
      "set": {"width": 24, "layers": 2},          consts, as attnc --set
      "weights": "weights.safetensors",           left out by models without
      "cases": [
        {
          "name": "three_rows",                   a name of Python's, unique
          "model": "encode",                      left out: the first model
          "inputs": {"ids": "three_rows.ids.npy"},
          "outputs": {
            "result": {"file": "three_rows.result.npy", "float32_error": 3e-7}
          }
        }
      ]
    }

Paths are relative to golden/. Inputs have the types that the model takes: i32,
bool, f32. Outputs are float64, or integers, which must agree exactly.
`float32_error` is the largest error of the same computation by PyTorch in
float32; a compiled program may have twice that and FLOOR times the largest
magnitude of the output.

Each example is compiled once; each case is one test. Kernels are kept in
CACHE_FOLDER.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "examples"
FLOOR = 5e-7  # Some four roundings of float32.


class Example(unittest.TestCase):
    """The base of the class that `example_class` makes for each folder."""

    folder: pathlib.Path

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = pathlib.Path(scratch.name)
        cls.program = cls.scratch / cls.folder.name
        settings = [f"--set={name}={json.dumps(value)}" for name, value in cls.golden.get("set", {}).items()]
        source = cls.folder / f"{cls.folder.name}.attn"
        subprocess.run(
            [BIN / "attnc", source, "-o", cls.program, *settings],
            check=True,
            env=dict(os.environ, ATTUNE_CACHE_DIR=str(CACHE)),
        )

    def check(self, case):
        folder = self.folder / "golden"
        command = [self.program]
        if "weights" in self.golden:
            command += ["--weights", folder / self.golden["weights"]]
        if "model" in case:
            command += ["--model", case["model"]]
        for name, file in case["inputs"].items():
            command += ["--input", f"{name}=@{folder / file}"]
        for name in case["outputs"]:
            command += ["--output", f"{name}={self.scratch / name}.npy"]
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        for name, output in case["outputs"].items():
            with self.subTest(output=name):
                expected, actual = np.load(folder / output["file"]), np.load(self.scratch / f"{name}.npy")
                self.assertEqual(actual.shape, expected.shape)
                if not np.issubdtype(expected.dtype, np.floating):
                    np.testing.assert_array_equal(actual, expected)
                    continue
                error = np.abs(actual - expected).max()
                bound = 2 * output["float32_error"] + FLOOR * np.abs(expected).max()
                if os.environ.get("ATTUNE_TEST_REPORT"):
                    print(f"{self.id()} {name}: error {error:.2g}, bound {bound:.2g}", file=sys.stderr)
                self.assertLessEqual(error, bound)  # False for NaN.


def example_class(folder):
    try:
        golden = json.loads((folder / "golden/cases.json").read_text())
    except OSError as problem:
        # As a test that fails: an example without golden files is a mistake.
        return type(folder.name, (unittest.TestCase,), {"test_golden_files": lambda self: self.fail(problem)})
    members = {"folder": folder, "golden": golden}
    for case in golden["cases"]:
        members[f"test_{case['name']}"] = lambda self, case=case: self.check(case)
    return type(folder.name, (Example,), members)


def load_tests(loader, *_):
    classes = [example_class(script.parent) for script in sorted(EXAMPLES.glob("*/make_golden.py"))]
    if not classes:
        raise RuntimeError(f"no example in {EXAMPLES} has a make_golden.py")
    return unittest.TestSuite(loader.loadTestsFromTestCase(example) for example in classes)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    BIN, CACHE = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
    unittest.main()
