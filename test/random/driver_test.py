"""Draws and the driver, with a program in attn-run's place whose faults are known."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from attention_definitions import EXACT_SHARE, draw
from kept_cases import read_kept

DRIVER = pathlib.Path(__file__).resolve().parent / "random_attention.py"
# Finds an error in definitions that match $FAULT, and one of $ERROR in all others.
STAND_IN = r"""#!/bin/sh
definition=$(sed -n "/^attention attention${2#--model=model}(/,/^}/p" "$1")
if [ -n "$FAULT" ] && echo "$definition" | grep -Eq "$FAULT"; then
  echo '{"outputs":[{"max_error":1,"bound":0.5,"within":false}]}'
  exit 1
fi
echo "{\"outputs\":[{\"max_error\":$ERROR,\"bound\":0.5,\"within\":true}]}"
"""


class Draws(unittest.TestCase):
    def test_a_seed_is_a_definition(self):
        for seed in range(50):
            self.assertEqual(draw(seed).text(), draw(seed).text())
            self.assertEqual(draw(seed).inputs(), draw(seed).inputs())

    def test_draws_differ_and_keep_their_shares(self):
        definitions = [draw(seed) for seed in range(600)]
        self.assertGreater(len({definition.text() for definition in definitions}), 590)
        exact = sum(definition.exact for definition in definitions) / len(definitions)
        self.assertAlmostEqual(exact, EXACT_SHARE, delta=0.08)
        everything = "\n".join(definition.text() for definition in definitions)
        for word in ("softmax(score)", "sink =", "abs_sum", "sigmoid", "tanh", "relu", " @ k", "not (", " or ", " % ",
                     "[b, j]", "[i - j + keys]", "[i - j]", "1103515245", "bf16", "f16", "log(", "dim "):
            self.assertIn(word, everything)


class Driver(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        stand_in = self.folder / "attn-run"
        stand_in.write_text(STAND_IN)
        stand_in.chmod(0o755)

    def run_driver(self, *arguments, fault="", error="0"):
        done = subprocess.run(
            [sys.executable, DRIVER, self.folder, f"--keep={self.folder / 'found'}", f"--kept={self.folder / 'kept'}",
             *arguments],
            env=dict(os.environ, FAULT=fault, ERROR=error), stdout=subprocess.PIPE, text=True)
        return done.returncode, done.stdout

    def test_passes_where_nothing_fails(self):
        status, said = self.run_driver("--count=20", "--seed=5")
        self.assertEqual(status, 0, said)
        self.assertIn("20 definitions from seed 5, 0 kept", said)
        self.assertIn("Ran 20 tests", said)

    def test_shrinks_what_fails(self):
        status, said = self.run_driver("--count=24", fault=r"tanh\(")
        self.assertEqual(status, 1)
        self.assertRegex(said, r"FAILED \(failures=\d+")
        found = list((self.folder / "found").glob("mismatch-*.attn"))
        self.assertGreater(len(found), 1)
        for file in found:
            text = file.read_text()
            self.assertIn("tanh(", text)
            self.assertNotIn("keep =", text)
            self.assertNotIn("dim ", text)
            self.assertIn("# --input q=1x1x1x1xf32=", text)
            seed = int(file.stem.split("-")[1])
            self.assertLess(len(text), len(draw(seed).text()) + 200)
            self.assertEqual(read_kept(file).model, "model")

    def test_whole_numbers_must_be_equal(self):
        kept = self.folder / "kept"
        kept.mkdir()
        for name in ("exact", "compare"):
            (kept / f"{name}.attn").write_text(f"# {name}\n# --input q=1x1x1x1xf32=1\nmodel m() {{}}\n")
        status, said = self.run_driver("--count=0", error="1e-9")
        self.assertEqual(status, 1)
        self.assertIn("exact.attn: mismatch: largest error 1e-09, allowed 0", said)
        self.assertNotIn("compare.attn", said)
        self.assertIn("failures=1,", said)

    def test_a_program_that_says_nothing_has_crashed(self):
        status, said = self.run_driver("--only=3", "--no-shrink", error="}")
        self.assertEqual(status, 1)
        self.assertIn("seed 3: crashed", said)


if __name__ == "__main__":
    unittest.main()
