"""Writes golden/: a Linformer (Wang et al. 2020) classifier in PyTorch, small
and with random weights. The length is constant: short texts are padded.

    pip install torch==2.13.0 safetensors==0.8.0 numpy
    python make_golden.py
"""

import pathlib
import sys

import numpy as np
import torch
from torch import nn
from torch.nn.functional import gelu

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from golden_files import Golden, randomize

SIZES = {"width": 36, "heads": 3, "layers": 2, "hidden": 50, "vocab": 67, "length": 27, "rank": 5, "classes": 3}


class Block(nn.Module):
    def __init__(self, width, heads, hidden, length, rank):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))
        self.E, self.F = (nn.Linear(length, rank, bias=False) for _ in range(2))
        self.linear1, self.linear2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x, mask):
        q = self.query(x)
        k = self.E((self.key(x) * mask).transpose(1, 2)).transpose(1, 2)
        v = self.F((self.value(x) * mask).transpose(1, 2)).transpose(1, 2)
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (q, k, v))
        attended = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1) @ v
        y = self.norm1(x + self.output(attended.transpose(1, 2).flatten(2)))
        return self.norm2(y + self.linear2(gelu(self.linear1(y))))


class Linformer(nn.Module):
    def __init__(self, width, heads, layers, hidden, vocab, length, rank, classes):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocab, width), nn.Embedding(length, width)
        self.blocks = nn.ModuleList(Block(width, heads, hidden, length, rank) for _ in range(layers))
        self.classifier = nn.Linear(width, classes)

    def forward(self, ids, valid):
        mask = valid.unsqueeze(-1)
        x = self.tokens(ids) + self.positions.weight
        for block in self.blocks:
            x = block(x, mask)
        return self.classifier((x * mask).sum(1) / mask.sum(1))


def classify(model, ids, valid):
    return {"result": model(ids, valid)}


def main():
    model = randomize(Linformer(**SIZES), seed=10)
    golden = Golden(__file__, model, SIZES)
    golden.weights(model.state_dict())
    random = np.random.default_rng(10)
    for name, lengths in {"one_row": [27], "four_rows": [27, 1, 19, 8]}.items():
        valid = np.arange(SIZES["length"]) < np.array(lengths)[:, None]
        golden.case(name, classify, {"ids": random.integers(0, SIZES["vocab"], valid.shape, np.int32), "valid": valid})
    golden.write()


if __name__ == "__main__":
    main()
