"""`cmake --install`, the tree moved elsewhere, and projects built against it.

    install_test.py BUILD_FOLDER WEIGHTS_FOLDER [unittest's options]
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, **options)
    if done.returncode:
        text = (done.stdout + done.stderr).decode(errors="replace")
        raise RuntimeError(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{text}")
    return done.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = pathlib.Path(scratch.name)
        cls.cmake = os.environ.get("CMAKE", "cmake")
        first = cls.scratch / "first"
        run(cls.cmake, "--install", BUILD, "--prefix", first)
        cls.prefix = cls.scratch / "moved/to here"  # A space, since people have them.
        cls.prefix.parent.mkdir()
        first.rename(cls.prefix)

    def build(self, source):
        folder = self.scratch / f"build-{source.name}"
        settings = [f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DCMAKE_BUILD_TYPE=Release"]
        if "CMAKE_MAKE_PROGRAM" in os.environ:
            settings.append(f"-DCMAKE_MAKE_PROGRAM={os.environ['CMAKE_MAKE_PROGRAM']}")
        run(self.cmake, "-S", source, "-B", folder, *settings)
        run(self.cmake, "--build", folder)
        return folder

    def test_names_no_place_it_was_built_in(self):
        for path in (self.prefix / "lib/cmake/Attune").rglob("*"):
            if path.is_file():
                text = path.read_text()
                for place in (str(ROOT), str(BUILD), str(self.scratch)):
                    self.assertNotIn(place, text, path)

    def test_minilm_embed_builds_and_runs(self):
        source = self.scratch / "minilm"
        shutil.copytree(ROOT / "examples/minilm", source)
        program = self.build(source) / "minilm-embed"
        out = self.scratch / "out.npy"
        text = (ROOT / "test/correctness/minilm/sentences.txt").read_bytes()
        run(program, "--weights", WEIGHTS / "model.safetensors", "--vocab", WEIGHTS / "vocab.txt", "--output", out, input=text)
        golden = np.load(ROOT / "test/correctness/minilm/embeddings.npy")
        self.assertLess(np.abs(np.load(out) - golden).max(), 1e-4)

    def test_two_models_link_into_one_c_program(self):
        program = self.build(HERE / "two_models") / "two-models"
        self.assertEqual(run(program).decode(), "3 5 7\n-1 0 1\n")

    def test_attnc_makes_programs_from_anywhere(self):
        program = self.scratch / "double"
        run(self.prefix / "bin/attnc", HERE / "two_models/affine.attn", "-o", program, cwd="/")
        out = self.scratch / "double.npy"
        run(program, "--input", "x=3xf32=2", "--output", out, cwd="/")
        np.testing.assert_array_equal(np.load(out), np.full(3, 5, np.float32))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    BUILD, WEIGHTS = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
    unittest.main()
