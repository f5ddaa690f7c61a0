"""Tests made of golden/cases.json, which examples/golden_files.py writes:

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
float32; a program may have twice that and FLOOR times the largest magnitude of
the output. ATTUNE_TEST_REPORT=1 prints the errors.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

FLOOR = 5e-7  # Some four roundings of float32.


class GoldenCases(unittest.TestCase):
    """The base of the class that `golden_class` makes for each folder."""

    folder: pathlib.Path  # which holds golden/
    golden: dict

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = pathlib.Path(scratch.name)
        settings = [f"--set={name}={json.dumps(value)}" for name, value in cls.golden["set"].items()]
        cls.command = cls.make_command(settings)

    @classmethod
    def make_command(cls, settings):
        """What runs a model; the options of a run follow it."""
        raise NotImplementedError

    def check(self, case):
        folder = self.folder / "golden"
        command = list(self.command)
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


def golden_class(base, folder):
    """A subclass of `base` with a test for each case of `folder`."""
    try:
        golden = json.loads((folder / "golden/cases.json").read_text())
    except OSError as problem:
        # As a test that fails: a script without its files is a mistake.
        return type(folder.name, (unittest.TestCase,), {"test_golden_files": lambda self: self.fail(problem)})
    members = {"folder": folder, "golden": golden}
    for case in golden["cases"]:
        members[f"test_{case['name']}"] = lambda self, case=case: self.check(case)
    return type(folder.name, (base,), members)
