"""The published all-MiniLM-L6-v2 through minilm-embed and through the program
that attnc makes, against float64: minilm/ (make_minilm_golden.py) for real
sentences, bert_oracle.py for random ids.

    minilm_test.py BIN_FOLDER WEIGHTS_FOLDER [unittest's options]
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

from bert_oracle import Bert
from compiled_program import run_program

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent / "examples/minilm/minilm.attn"
BOUND = 1e-4  # On each number of a unit vector; float32 reaches about 1e-6.
BF16_BOUND = 1e-2  # 8 bits instead of 24; it reaches 2.3e-3.


class MiniLM(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.weights = WEIGHTS / "model.safetensors"
        if not cls.weights.exists():
            raise RuntimeError(f"{cls.weights} is not there; scripts/install fetches it")
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.program = pathlib.Path(cls.scratch.name, "minilm")
        subprocess.run([BIN / "attnc", SOURCE, "-o", cls.program], check=True)
        cls.text = (HERE / "minilm/sentences.txt").read_bytes()
        cls.ids, cls.valid, cls.golden = (np.load(HERE / f"minilm/{part}.npy") for part in ("ids", "valid", "embeddings"))

    def path(self, name):
        return pathlib.Path(self.scratch.name, name)

    def embed_text(self, text, name="text.npy"):
        out = self.path(name)
        command = [BIN / "minilm-embed", "--weights", self.weights, "--vocab", WEIGHTS / "vocab.txt", "--output", out]
        done = subprocess.run(command, input=text, capture_output=True)
        self.assertEqual((done.returncode, done.stdout), (0, b""), done.stderr)
        return np.load(out)

    def embed_ids(self, ids, valid, name="ids"):
        return run_program(self.program, self.weights, self.path(name), ids=ids.astype(np.int32), valid=valid)

    def assertClose(self, actual, expected, what=""):
        self.assertEqual(actual.dtype, np.float32)
        self.assertEqual(actual.shape, expected.shape)
        self.assertTrue(np.isfinite(actual).all(), what)
        self.assertLess(np.abs(actual - expected).max(), BOUND, what)

    def test_golden_has_enough_sentences(self):
        self.assertGreaterEqual(len(self.golden), 60)
        self.assertEqual(self.text.count(b"\n"), len(self.golden))
        self.assertGreater((self.valid.sum(1) == 256).sum(), 2)

    def test_text_together(self):
        self.assertClose(self.embed_text(self.text), self.golden)

    def test_text_alone(self):
        sentences = self.text.split(b"\n")[:-1]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            rows = pool.map(lambda i: self.embed_text(sentences[i] + b"\n", f"text{i}.npy"), range(len(sentences)))
            for sentence, row, expected in zip(sentences, rows, self.golden):
                self.assertClose(row, expected[None], sentence[:80])

    def test_ids_padded_in_one_batch(self):
        self.assertClose(self.embed_ids(self.ids, self.valid), self.golden)

    def test_ids_alone(self):
        def alone(row):
            count = self.valid[row].sum()
            return self.embed_ids(self.ids[row : row + 1, :count], self.valid[row : row + 1, :count], f"alone{row}")

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for row, result in enumerate(pool.map(alone, range(len(self.ids)))):
                self.assertClose(result, self.golden[row : row + 1], f"row {row}")

    def test_bf16(self):
        narrow = self.path("minilm-bf16")
        subprocess.run([BIN / "attnc", SOURCE, "--precision=bf16", "-o", narrow], check=True)
        result = run_program(narrow, self.weights, self.path("bf16"), ids=self.ids.astype(np.int32), valid=self.valid)
        error = np.abs(result - self.golden).max()
        self.assertLess(error, BF16_BOUND)
        self.assertGreater(error, BOUND, "f32 is as far off: nothing was rounded")

    def test_random_ids_of_many_lengths(self):
        oracle = Bert(self.weights)
        random = np.random.default_rng(7)
        for tokens in (1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 129, 250, 511, 512):
            with self.subTest(tokens=tokens):
                batch = int(random.integers(1, 4)) if tokens < 200 else 1
                ids = random.integers(0, len(oracle.weights["embeddings.word_embeddings.weight"]), (batch, tokens))
                # Holes as well as padding: any token may be left out but one.
                valid = random.random((batch, tokens)) < random.choice([0.3, 0.9, 1])
                valid[np.arange(batch), random.integers(0, tokens, batch)] = True
                self.assertClose(self.embed_ids(ids, valid), oracle.embed(ids, valid))


class Printing(unittest.TestCase):
    """What minilm-embed prints for the same sentences."""

    TEXT = b"One sentence.\n\nAnother one, \xff\xfe with broken bytes\r\nno line feed at the end"

    def run_with(self, *options, text=TEXT):
        command = [BIN / "minilm-embed", f"--weights={WEIGHTS / 'model.safetensors'}", f"--vocab={WEIGHTS / 'vocab.txt'}"]
        done = subprocess.run([*command, *options], input=text, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode("utf-8")

    def test_forms_agree(self):
        lines = np.loadtxt(self.run_with().splitlines(), dtype=np.float32)
        self.assertEqual(lines.shape, (4, 384))
        report = json.loads(self.run_with("--json", "--threads=1"))
        self.assertEqual((report["sentences"], report["width"]), lines.shape)
        np.testing.assert_allclose(np.array(report["embeddings"], np.float32), lines, atol=1e-6)
        with tempfile.TemporaryDirectory() as scratch:
            out = pathlib.Path(scratch, "out.npy")
            out.write_text("replaced")
            self.assertEqual(self.run_with("--output", out), "")
            np.testing.assert_allclose(np.load(out), lines, atol=1e-6)
            self.assertEqual(os.listdir(scratch), ["out.npy"])
        np.testing.assert_allclose(np.linalg.norm(lines, axis=1), 1, atol=1e-5)

    def test_similarity(self):
        table = self.run_with("--similarity").splitlines()
        self.assertEqual(len(table), 5)
        self.assertEqual(table[0].split(), ["1", "2", "3", "4"])
        for row, line in enumerate(table[1:]):
            self.assertEqual(line.split()[-4:][row], "1.00")

    def test_order_over_many_batches(self):
        words = ["ferry", "bridge", "clock", "sugar and light", "a much longer sentence about rates and banks"]
        text = "\n".join(words[i % 5] + " again" * (i % 7) for i in range(700)).encode()
        lines = np.loadtxt(self.run_with(text=text).splitlines(), dtype=np.float32)
        np.testing.assert_allclose(lines[35:], lines[:-35], atol=1e-5)
        self.assertGreater(np.abs(lines[1:35] - lines[0]).max(1).min(), 0.01)


class Mistakes(unittest.TestCase):
    """Each ends with its status, one message on standard error, and no output."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.options = {
            "--weights": WEIGHTS / "model.safetensors",
            "--vocab": WEIGHTS / "vocab.txt",
            "--output": self.folder / "out.npy",
        }

    def check(self, status, message, *more, text=b"A sentence.\n", **changed):
        options = dict(self.options, **{f"--{name}": value for name, value in changed.items()})
        command = [BIN / "minilm-embed"]
        for name, value in options.items():
            command += [] if value is None else [name, value]
        before = sorted(os.listdir(self.folder))
        done = subprocess.run([*command, *more], input=text, capture_output=True, timeout=60)
        error = done.stderr.decode("utf-8", "replace")
        self.assertEqual(done.returncode, status, error)
        self.assertIn(message, error)
        self.assertTrue(error.startswith("minilm-embed: "), error)
        self.assertEqual(done.stdout, b"")
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_usage(self):
        self.check(2, "--weights FILE is missing", weights=None)
        self.check(2, "--vocab FILE is missing", vocab=None)
        self.check(2, "unknown argument '--vocabulary'", "--vocabulary")
        self.check(2, "unknown argument 'text'", "text")
        self.check(2, "--output needs a value", "--output")
        self.check(2, "--weights needs a value", "--weights=")
        self.check(2, "--json takes no value", "--json=1")
        self.check(2, "exclude each other", "--json", "--similarity")
        for threads in ("0", "-1", "257", "two", "1x", "99999999999999999999"):
            self.check(2, f"'{threads}' is not a number from 1 to 256", "--threads", threads)

    def test_help(self):
        done = subprocess.run([BIN / "minilm-embed", "--help"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("usage: minilm-embed", done.stdout)

    def test_weights(self):
        self.check(1, "absent.safetensors", weights=self.folder / "absent.safetensors")
        empty = self.folder / "empty.safetensors"
        empty.touch()
        self.check(1, "empty.safetensors", weights=empty)
        self.check(1, "vocab.txt", weights=WEIGHTS / "vocab.txt")
        short = self.folder / "short.safetensors"
        with open(WEIGHTS / "model.safetensors", "rb") as file:
            short.write_bytes(file.read(1 << 20))
        self.check(1, "short.safetensors", weights=short)

    def test_vocabulary(self):
        self.check(1, "absent.txt", vocab=self.folder / "absent.txt")
        file = self.folder / "vocab.txt"
        file.touch()
        self.check(1, "is empty", vocab=file)
        file.write_text("[PAD]\n[CLS]\n[SEP]\nsentence\n")
        self.check(1, "has no token [UNK]", vocab=file)
        self.check(1, "too large to be a vocabulary", vocab=WEIGHTS / "model.safetensors")
        # Right in themselves, but of another model, and cut off at the end of a line.
        file.write_text("[PAD]\n[CLS]\n[SEP]\n[UNK]\n" + "".join(f"w{i}\n" for i in range(40000)) + "sentence\n")
        self.check(1, "has 40005 tokens; the model has 30522", vocab=file)
        with open(WEIGHTS / "vocab.txt", encoding="utf-8") as vocabulary:
            file.write_text("".join(vocabulary.readlines()[:20000]), encoding="utf-8")
        self.check(1, "has 20000 tokens; the model has 30522", vocab=file)

    def test_input(self):
        self.check(1, "no sentences", text=b"")
        self.check(1, "line 2 is longer than 16 MiB", text=b"one\n" + b"x" * ((16 << 20) + 1))
        self.check(1, "more than 60 sentences", "--similarity", text=b"one\n" * 61)

    def test_output(self):
        self.check(1, "cannot write", output=self.folder / "absent/out.npy")
        self.check(1, "cannot write", output=self.folder)
        with open("/dev/full", "wb") as full:
            command = [BIN / "minilm-embed", "--weights", WEIGHTS / "model.safetensors", "--vocab", WEIGHTS / "vocab.txt"]
            done = subprocess.run(command, input=b"one\n", stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot write to standard output", done.stderr)
        # No file that the program opens may take the place of a closed stream.
        closed = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *command], input=b"one\n", stderr=subprocess.PIPE)
        self.assertEqual(closed.returncode, 1)
        self.assertIn(b"cannot write to standard output", closed.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    BIN, WEIGHTS = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
    unittest.main()
