"""check_extremes.py MODEL.attn MODEL FOLDER TOLERANCE [TARGET]: runs a model of
attention-extremes.attn with NaN, infinities and large scores, in each form of
attention, and compares with float64.
"""

import pathlib
import subprocess
import sys

import numpy as np


def expected(q, k, v, valid, bias):
    result = np.zeros((q.shape[0], q.shape[1], v.shape[3]))
    for b in range(q.shape[0]):
        score = q[b, :, 0] @ k[b, :, 0].T + bias
        for i, row in enumerate(score):
            kept = row[valid[b]]
            if kept.size == 0 or np.all(kept == -np.inf):
                continue
            weight = np.exp(kept - kept.max())
            result[b, i] = weight @ v[b, valid[b], 0] / weight.sum()
    return result


def run(source, model, target, folder, arrays):
    command = ["attn-run", source, f"--model={model}", f"--target={target}", f"--output={folder / 'out.npy'}"]
    for name, array in arrays.items():
        if model == "bf16s" and name in "qkv":  # NumPy has no bf16: the upper halves, as bytes
            array = (array.view(np.uint32) >> 16).astype(np.uint16).view("V2")
        np.save(folder / f"{name}.npy", array)
        command.append(f"--input={name}=@{folder / name}.npy")
    subprocess.run(command, check=True)
    return np.load(folder / "out.npy")  # bf16 is written as f32


def to_type(array, model):
    if model == "f16s":
        return array.astype(np.float16)
    if model == "bf16s":  # the numbers that the upper half of an f32 can hold
        return (np.asarray(array, np.float32).view(np.uint32) & 0xFFFF0000).view(np.float32)
    return array.astype(np.float32)


def main():
    source, model, folder, tolerance = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), float(sys.argv[4])
    target = sys.argv[5] if len(sys.argv) > 5 else "host"
    random = np.random.default_rng(3)
    wrong = []
    # Few queries, all keys at once, keys in chunks.
    for queries, keys in (3, 300), (37, 60), (37, 600):
        q = to_type(random.normal(size=(2, queries, 1, 8)), model)
        k = to_type(random.normal(size=(2, keys, 1, 8)), model)
        v = to_type(random.normal(size=(2, keys, 1, 24)), model)
        valid = random.random((2, keys)) < 0.7
        none = np.zeros((queries, keys), np.float32)
        large = none + np.linspace(-1e4, 1e4, keys, dtype=np.float32)
        infinite = np.where(random.random((queries, keys)) < 0.5, np.float32(-np.inf), none)
        infinite[1] = -np.inf  # a row of nothing but these
        masked_nan = q.copy()
        masked_nan[0, 1, 0, 2] = np.nan
        # What stands in padding, and what a few rows are meant to see.
        padding_k, padding_v, special_v = k.copy(), v.copy(), v.copy()
        padding_k[~valid] = np.nan
        padding_v[~valid] = np.where(np.arange(24) % 2, np.nan, np.inf)
        special_v[0, np.flatnonzero(valid[0])[-1], 0, 3] = -np.inf
        special_v[1, np.flatnonzero(valid[1])[0], 0, 7] = np.nan
        empty = valid.copy()
        empty[1] = False
        first = valid & (np.arange(keys) < 5)  # later chunks are empty
        for what, arguments in {
            "plain": (q, k, v, valid, none),
            "NaN in a query": (masked_nan, k, v, valid, none),
            "scores of 1e4": (q, k, v, valid, large),
            "scores of -1e4": (q, k, v, valid, none - np.float32(1e4)),
            "scores of -inf": (q, k, v, valid, infinite),
            "NaN and inf in padding": (q, padding_k, padding_v, valid, none),
            "NaN and -inf in kept values": (q, k, special_v, valid, none),
            "nothing kept": (q, k, v, empty, none),
            "first keys alone": (q, k, v, first, infinite),
        }.items():
            got = run(source, model, target, folder, dict(zip(("q", "k", "v", "valid", "bias"), arguments)))
            got = np.asarray(got[:, :, 0], np.float64)
            want = expected(*(np.asarray(a, bool if a.dtype == bool else np.float64) for a in arguments))
            place = f"{model}, {queries} queries, {keys} keys, {what}"
            if not np.array_equal(np.isnan(got), np.isnan(want)):
                rows = sorted({tuple(map(int, x[:2])) for x in np.argwhere(np.isnan(got) != np.isnan(want))})
                wrong.append(f"{place}: NaN differs in rows (batch, query) {rows[:5]}")
                continue
            if not np.array_equal(got[np.isinf(want)], want[np.isinf(want)]):
                wrong.append(f"{place}: infinities differ")
                continue
            finite = np.isfinite(want)
            error = np.max(np.abs(got[finite] - want[finite]), initial=0)
            # Scores of 1e4 are rounded to a thousandth.
            if not error <= max(tolerance, 2e-3 if "1e4" in what else 0):
                wrong.append(f"{place}: error {error}")
            if np.any(got[want == 0] != 0):
                wrong.append(f"{place}: a row of zeros is not exactly 0")
    print("\n".join(wrong) or "all as expected")
    sys.exit(bool(wrong))


main()
