"""PyTorch on a GPU, eager: attention with its own kernels and without, linear layers, MiniLM."""

import statistics
import time

import torch
import torch.nn.functional as F

from measuring import serve

KINDS = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
torch.backends.cuda.matmul.allow_tf32 = False  # f32 as Attune has it


def on_card_ms(run, runs=30):
    """Median milliseconds that the card takes, its caches as the last run left them."""
    for _ in range(3):
        run()
    marks = [[torch.cuda.Event(enable_timing=True) for _ in range(2)] for _ in range(runs)]
    for begin, end in marks:
        begin.record()
        run()
        end.record()
    torch.cuda.synchronize()
    return statistics.median(begin.elapsed_time(end) for begin, end in marks)


def whole_ms(run, runs=30):
    """Median milliseconds until a run is done, with what it costs to start its kernels."""
    for _ in range(5):
        run()
    times = []
    for _ in range(runs):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        run()
        torch.cuda.synchronize()
        times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times)


def attention(case):
    q, k, v = (torch.randn(batch, heads, rows, depth, device="cuda").to(KINDS[case["precision"]])
               for batch, rows, heads, depth in (case["sizes"][name] for name in "qkv"))
    entry = case["entry"].removesuffix("_bf16").removesuffix("_f16")
    scale = q.shape[-1] ** -0.5
    if entry == "attend":
        return {"SDPA": lambda: F.scaled_dot_product_attention(q, k, v),
                "unfused": lambda: torch.softmax(q @ k.transpose(-1, -2) * scale, -1) @ v}
    if entry == "attend_causal":
        return {"SDPA": lambda: F.scaled_dot_product_attention(q, k, v, is_causal=True)}
    return {}


def product(case):
    kind, inputs, outputs = KINDS[case["precision"]], case["set"]["inputs"], case["set"]["outputs"]
    x, weight, bias = (torch.randn(*size, device="cuda").to(kind) for size in (case["sizes"]["x"], (outputs, inputs), (outputs,)))
    return {"linear": lambda: F.linear(x, weight, bias)}


def minilm(case):
    """all-MiniLM-L6-v2 (Wang et al. 2020) with random weights: 6 layers, width 384, 12 heads."""
    kind, width, heads = KINDS[case["precision"]], 384, 12
    random = lambda *size: torch.randn(*size, device="cuda", dtype=torch.float32).mul(0.02).to(kind)
    tables = random(30522, width), random(512, width), random(2, width)
    layers = [{name: (random(outputs, inputs), random(outputs)) for name, outputs, inputs in
               (("q", width, width), ("k", width, width), ("v", width, width), ("o", width, width),
                ("up", 4 * width, width), ("down", width, 4 * width))} for _ in range(6)]
    norm = lambda x: F.layer_norm(x, (width,), eps=1e-12)
    batch, tokens = case["sizes"]["ids"]
    ids = torch.randint(0, 1000, (batch, tokens), device="cuda")
    valid = torch.ones(batch, tokens, device="cuda", dtype=torch.bool)

    def run():
        x = norm(tables[0][ids] + tables[1][:tokens] + tables[2][0])
        split = lambda part: part.view(batch, tokens, heads, -1).transpose(1, 2)
        for layer in layers:
            q, k, v = (split(F.linear(x, *layer[name])) for name in "qkv")
            kept = F.scaled_dot_product_attention(q, k, v, attn_mask=valid[:, None, None, :])
            x = norm(x + F.linear(kept.transpose(1, 2).reshape(batch, tokens, width), *layer["o"]))
            x = norm(x + F.linear(F.gelu(F.linear(x, *layer["up"])), *layer["down"]))
        weight = valid[..., None].to(kind)
        return F.normalize((x * weight).sum(1) / weight.sum(1), dim=-1)

    return {"eager, whole": run}


with torch.inference_mode():
    serve(lambda table, case: {"attention": attention, "products": product, "minilm": minilm}[table](case),
          lambda table, run: whole_ms(run) if table == "minilm" else on_card_ms(run))
