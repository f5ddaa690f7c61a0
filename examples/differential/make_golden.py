"""Writes golden/: a Differential Transformer (Ye et al. 2024) in PyTorch, small
and with random weights.

    pip install torch==2.13.0 safetensors==0.8.0 numpy
    python make_golden.py
"""

import math
import pathlib
import sys

import numpy as np
import torch
from torch import nn
from torch.nn.functional import silu

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from golden_files import Golden, randomize

SIZES = {"width": 36, "heads": 3, "layers": 2, "hidden": 50, "vocab": 67, "base": 500.0}
EPS = 1e-5


def linear(inputs, outputs):
    return nn.Linear(inputs, outputs, bias=False)


def turned(x, base):
    """Rotary positions of x [batch, tokens, heads, depth]; pairs lie side by side."""
    tokens, depth = x.shape[1], x.shape[-1]
    frequency = base ** (-torch.arange(0, depth, 2, dtype=x.dtype) / depth)
    angle = torch.arange(tokens, dtype=x.dtype)[:, None, None] * frequency
    even, odd = x[..., 0::2], x[..., 1::2]
    cos, sin = angle.cos(), angle.sin()
    return torch.stack((even * cos - odd * sin, odd * cos + even * sin), dim=-1).flatten(-2)


class DifferentialAttention(nn.Module):
    def __init__(self, width, heads, layer, base):
        super().__init__()
        depth = width // heads // 2
        self.heads, self.base = heads, base
        self.start = 0.8 - 0.6 * math.exp(-0.3 * layer)
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (linear(width, width) for _ in range(4))
        for name in ("lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2"):
            self.register_parameter(name, nn.Parameter(torch.empty(depth)))
        self.subln = nn.RMSNorm(2 * depth, eps=EPS)

    def forward(self, x):
        batch, tokens, _ = x.shape
        # [batch, 2 * heads, tokens, depth]: the two maps of a head lie side by side.
        q, k = (
            turned(part(x).view(batch, tokens, 2 * self.heads, -1), self.base).transpose(1, 2)
            for part in (self.q_proj, self.k_proj)
        )
        v = self.v_proj(x).view(batch, tokens, self.heads, -1).transpose(1, 2)
        later = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        maps = scores.masked_fill(later, -torch.inf).softmax(-1).view(batch, self.heads, 2, tokens, tokens)
        factor = (self.lambda_q1 @ self.lambda_k1).exp() - (self.lambda_q2 @ self.lambda_k2).exp() + self.start
        attended = (maps[:, :, 0] - factor * maps[:, :, 1]) @ v
        return self.out_proj((self.subln(attended) * (1 - self.start)).transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.gate_proj, self.up_proj = linear(width, hidden), linear(width, hidden)
        self.down_proj = linear(hidden, width)

    def forward(self, x):
        return self.down_proj(silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    def __init__(self, width, heads, hidden, layer, base):
        super().__init__()
        self.self_attn_layer_norm = nn.RMSNorm(width, eps=EPS)
        self.self_attn = DifferentialAttention(width, heads, layer, base)
        self.final_layer_norm = nn.RMSNorm(width, eps=EPS)
        self.ffn = FeedForward(width, hidden)

    def forward(self, x):
        y = x + self.self_attn(self.self_attn_layer_norm(x))
        return y + self.ffn(self.final_layer_norm(y))


class DifferentialTransformer(nn.Module):
    def __init__(self, width, heads, layers, hidden, vocab, base):
        super().__init__()
        self.embed_tokens = nn.Embedding(vocab, width)
        self.layers = nn.ModuleList(Block(width, heads, hidden, layer, base) for layer in range(layers))
        self.norm = nn.RMSNorm(width, eps=EPS)
        self.output_projection = linear(width, vocab)

    def forward(self, ids):
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x)
        return self.output_projection(self.norm(x))


def logits(model, ids):
    return {"result": model(ids)}


def main():
    model = randomize(DifferentialTransformer(**SIZES), seed=9)
    for name, parameter in model.named_parameters():
        if ".lambda_" in name:
            parameter.data.sub_(1)  # around 0, as in the paper
    golden = Golden(__file__, model, SIZES)
    golden.weights(model.state_dict())
    random = np.random.default_rng(9)
    for name, shape in {"one_row": (1, 19), "three_rows": (3, 37)}.items():
        golden.case(name, logits, {"ids": random.integers(0, SIZES["vocab"], shape, np.int32)})
    golden.write()


if __name__ == "__main__":
    main()
