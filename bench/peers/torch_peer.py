"""PyTorch: scaled_dot_product_attention, FlexAttention and torch.compile for
attention, linear for products."""

import functools
import os

import torch
import torch.nn.functional as F
from torch.nn.attention.flex_attention import create_block_mask, flex_attention

from measuring import serve

torch.set_num_threads(len(os.sched_getaffinity(0)))
compiled_flex = torch.compile(flex_attention)

WINDOW, CAP = 256, 30.0  # of bench/attention.attn


def masked(rule, queries, keys):
    return create_block_mask(rule, None, None, queries, keys, device="cpu")


def attention(case):
    kind = {"f32": torch.float32, "bf16": torch.bfloat16}[case["precision"]]
    torch.manual_seed(0)
    q, k, v = (torch.randn(batch, heads, rows, depth).to(kind) for batch, rows, heads, depth in
               (case["sizes"][name] for name in "qkv"))
    queries, keys, heads = q.shape[2], k.shape[2], q.shape[1]
    flex = functools.partial(compiled_flex, q, k, v)
    sdpa = functools.partial(F.scaled_dot_product_attention, q, k, v)
    places = torch.arange(queries)[:, None] - torch.arange(keys)[None, :]
    match case["entry"].removesuffix("_bf16"):
        case "attend":
            return {"torch SDPA": sdpa}
        case "attend_causal":
            causal = masked(lambda b, h, i, j: i >= j, queries, keys)
            return {"torch SDPA": functools.partial(sdpa, is_causal=True),
                    "FlexAttention": functools.partial(flex, block_mask=causal)}
        case "attend_window":
            band = masked(lambda b, h, i, j: (i >= j) & (i - j < WINDOW), queries, keys)
            kept = (places >= 0) & (places < WINDOW)
            return {"FlexAttention": functools.partial(flex, block_mask=band),
                    "torch SDPA": functools.partial(sdpa, attn_mask=kept)}
        case "attend_capped":
            return {"FlexAttention": functools.partial(
                flex, score_mod=lambda s, b, h, i, j: CAP * torch.tanh(s / CAP))}
        case "attend_alibi":
            slopes = torch.tensor([2.0 ** (-8 * (h + 1) / heads) for h in range(heads)])
            return {"FlexAttention": functools.partial(
                flex, score_mod=lambda s, b, h, i, j: s - slopes[h] * (i - j).abs())}
        case "attend_additive":
            w = torch.randn(q.shape[3]).to(kind)

            def additive():
                scores = torch.tanh(q[:, :, :, None, :] + k[:, :, None, :, :]) @ w
                return torch.softmax(scores, -1) @ v

            return {"torch.compile": torch.compile(additive)}
    return {}


def product(case):
    kind = {"f32": torch.float32, "bf16": torch.bfloat16}[case["precision"]]
    x = torch.randn(case["sizes"]["x"]).to(kind)
    weight = torch.randn(case["set"]["outputs"], x.shape[1]).to(kind)
    bias = torch.randn(case["set"]["outputs"]).to(kind)
    return {"torch linear": lambda: F.linear(x, weight, bias)}


with torch.inference_mode():
    serve(lambda table, case: {"attention": attention, "products": product}.get(table, lambda _: {})(case))
