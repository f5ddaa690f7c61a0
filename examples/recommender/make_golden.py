"""Writes golden/: SASRec (Kang, McAuley 2018) in PyTorch, small and with random
weights.

    pip install torch==2.13.0 safetensors==0.8.0 numpy
    python make_golden.py
"""

import pathlib
import sys

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from golden_files import Golden, padding, randomize

SIZES = {"width": 22, "heads": 2, "layers": 2, "items": 151, "positions": 41, "best": 5}


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width, eps=1e-8)
        self.query, self.key, self.value = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.feed_forward_norm = nn.LayerNorm(width, eps=1e-8)
        self.conv1, self.conv2 = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x, keep):
        y = self.attention_norm(x)
        q, k, v = (part(y).unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (self.query, self.key, self.value))
        scores = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).masked_fill(~keep, -torch.inf)
        # A row without a key sees nothing.
        attended = torch.nan_to_num(scores.softmax(-1)) @ v
        z = x + attended.transpose(1, 2).flatten(2)
        return z + self.conv2(torch.relu(self.conv1(self.feed_forward_norm(z))))


class SasRec(nn.Module):
    def __init__(self, width, heads, layers, items, positions, best):
        super().__init__()
        self.best = best
        self.item_embedding = nn.Embedding(items, width)
        self.position_embedding = nn.Embedding(positions, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.last_norm = nn.LayerNorm(width, eps=1e-8)

    def forward(self, history):
        tokens = history.shape[1]
        valid = history > 0
        mask = valid.unsqueeze(-1)
        keep = valid[:, None, None, :] & torch.ones(tokens, tokens, dtype=torch.bool).tril()
        positions = torch.arange(tokens)
        x = self.item_embedding(history) * self.item_embedding.embedding_dim**0.5
        x = (x + self.position_embedding(positions)) * mask
        for block in self.blocks:
            x = block(x, keep) * mask
        user = self.last_norm(x)[:, -1]
        return user @ self.item_embedding.weight[1:].T


def recommend(model, history):
    scores = model(history)
    return {"scores": scores, "best_items": (scores.topk(model.best).indices + 1).int()}


def main():
    model = randomize(SasRec(**SIZES), seed=8)
    golden = Golden(__file__, model, SIZES)
    golden.weights(model.state_dict())
    random = np.random.default_rng(8)
    for name, lengths in {"one_user": [11], "three_users": [41, 1, 23]}.items():
        left_padding = padding(lengths)[:, ::-1]
        history = random.integers(1, SIZES["items"], left_padding.shape, np.int32) * left_padding
        golden.case(name, recommend, {"history": history.astype(np.int32)})
    golden.write()


if __name__ == "__main__":
    main()
