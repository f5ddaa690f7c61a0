"""Writes golden/: RetNet (Sun et al. 2023) in PyTorch, in its parallel form,
small and with random weights.

    pip install torch==2.13.0 safetensors==0.8.0 numpy
    python make_golden.py
"""

import pathlib
import sys

import numpy as np
import torch
from torch import nn
from torch.nn.functional import gelu, layer_norm, silu

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from golden_files import Golden, randomize

SIZES = {"width": 36, "heads": 3, "layers": 2, "hidden": 50, "vocab": 67, "base": 500.0}
EPS = 1e-6


def turned(x, base):
    """Rotary positions of x [batch, heads, tokens, depth]; pairs lie side by side."""
    tokens, depth = x.shape[-2:]
    frequency = base ** (-torch.arange(0, depth, 2, dtype=x.dtype) / depth)
    angle = torch.arange(tokens, dtype=x.dtype)[:, None] * frequency
    even, odd = x[..., 0::2], x[..., 1::2]
    cos, sin = angle.cos(), angle.sin()
    return torch.stack((even * cos - odd * sin, odd * cos + even * sin), dim=-1).flatten(-2)


def retention(q, k, v):
    """Operands are [batch, heads, tokens, depth]."""
    _, heads, tokens, depth = q.shape
    decay = 1 - 2.0 ** (-5 - torch.arange(heads, dtype=q.dtype))
    position = torch.arange(tokens, dtype=q.dtype)
    distance = position[:, None] - position
    mask = torch.where(distance >= 0, decay[:, None, None] ** distance.clamp(min=0), 0)
    mask = mask / mask.sum(-1, keepdim=True).sqrt()
    retained = q @ k.transpose(-1, -2) / depth**0.5 * mask
    return retained / retained.sum(-1, keepdim=True).abs().clamp(min=1) @ v


class Retention(nn.Module):
    def __init__(self, width, heads, base):
        super().__init__()
        self.heads, self.base = heads, base
        for name in ("q_proj", "k_proj", "v_proj", "g_proj", "out_proj"):
            self.add_module(name, nn.Linear(width, width, bias=False))

    def forward(self, x):
        q, k, v = (
            part(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (self.q_proj, self.k_proj, self.v_proj)
        )
        y = retention(turned(q, self.base), turned(k, self.base), v)
        normed = layer_norm(y, y.shape[-1:], eps=EPS).transpose(1, 2).flatten(2)
        return self.out_proj(silu(self.g_proj(x)) * normed)


class FeedForward(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.linear1, self.linear2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        return self.linear2(gelu(self.linear1(x)))


class Block(nn.Module):
    def __init__(self, width, heads, hidden, base):
        super().__init__()
        self.retention_norm, self.final_norm = nn.LayerNorm(width, eps=EPS), nn.LayerNorm(width, eps=EPS)
        self.retention = Retention(width, heads, base)
        self.ffn = FeedForward(width, hidden)

    def forward(self, x):
        y = x + self.retention(self.retention_norm(x))
        return y + self.ffn(self.final_norm(y))


class RetNet(nn.Module):
    def __init__(self, width, heads, layers, hidden, vocab, base):
        super().__init__()
        self.embed_tokens = nn.Embedding(vocab, width)
        self.layers = nn.ModuleList(Block(width, heads, hidden, base) for _ in range(layers))
        self.norm = nn.LayerNorm(width, eps=EPS)
        self.output_projection = nn.Linear(width, vocab, bias=False)

    def forward(self, ids):
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x)
        return self.output_projection(self.norm(x))


def logits(model, ids):
    return {"result": model(ids)}


def retain(model, q, k, v):
    return {"result": retention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)).transpose(1, 2)}


def main():
    model = randomize(RetNet(**SIZES), seed=12)
    golden = Golden(__file__, model, SIZES)
    golden.weights(model.state_dict())
    random = np.random.default_rng(12)
    for name, shape in {"one_row": (1, 7), "three_rows": (3, 37)}.items():
        golden.case(name, logits, {"ids": random.integers(0, SIZES["vocab"], shape, np.int32)})
    # Without the norm after it, which would hide a factor; many sums pass 1.
    shape = (2, 41, SIZES["heads"], SIZES["width"] // SIZES["heads"])
    operands = {name: random.standard_normal(shape, np.float32) for name in "qkv"}
    golden.case("alone", retain, operands, model="retain")
    golden.write()


if __name__ == "__main__":
    main()
