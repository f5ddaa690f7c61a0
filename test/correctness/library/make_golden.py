"""Writes golden/: what the functions and definitions of the standard library
should give, by PyTorch's modules and by the formulas of the papers.

    pip install torch==2.13.0 transformers==5.23.0 safetensors==0.8.0 numpy
    python make_golden.py
"""

import contextlib
import itertools
import pathlib
import sys
from unittest import mock

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from transformers import BertConfig, LlamaConfig, RobertaConfig, T5Config
from transformers.models.bert.modeling_bert import BertLayer, BertPredictionHeadTransform
from transformers.models.gptj.modeling_gptj import apply_rotary_pos_emb as rotate_every_two
from transformers.models.llama.modeling_llama import LlamaMLP, LlamaRMSNorm, apply_rotary_pos_emb
from transformers.models.roberta.modeling_roberta import RobertaClassificationHead
from transformers.models.t5.modeling_t5 import T5Attention, T5DenseGatedActDense
from transformers.pytorch_utils import Conv1D

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "examples"))
from golden_files import Golden, padding, randomize

BATCH, QUERIES, KEYS, HEADS, KV_HEADS, DEPTH, FEATURES, WIDTH, HIDDEN = 2, 9, 11, 4, 2, 6, 5, 12, 10
DROPOUT_RATE, SEED = 0.3, 7  # As in library.attn and library_test.py.


# -- Attention


def attend(q, k, v, score=None, keep=None, weight=None):
    """The definition of attention, pair by pair: q [batch, queries, heads,
    depth] and so on. `score(q, k)` sees [batch, heads, queries, keys, depth]."""
    groups = q.shape[2] // k.shape[2]
    q = q.transpose(1, 2)[:, :, :, None]
    k = k.repeat_interleave(groups, 2).transpose(1, 2)[:, :, None]
    v = v.repeat_interleave(groups, 2).transpose(1, 2)
    s = score(q, k) if score else (q * k).sum(-1) / q.shape[-1] ** 0.5
    kept = torch.ones_like(s, dtype=torch.bool)
    if keep is not None:
        kept = kept & keep
    if weight:
        w = torch.where(kept, weight(s, kept), 0)
    else:
        w = s.masked_fill(~kept, float("-inf")).softmax(-1).nan_to_num(0)
    return {"result": (w @ v).transpose(1, 2)}


def pairs():
    return torch.arange(QUERIES)[:, None], torch.arange(KEYS)[None]


def t5_bias(bias, buckets, both):
    i, j = pairs()
    bucket = T5Attention._relative_position_bucket(j - i, bidirectional=both, num_buckets=buckets, max_distance=6)
    return bias[bucket].permute(2, 0, 1)


def per_head(x):
    return x[..., :, None, None]


def definitions(i, j):
    """By name: what `attend` takes, from the further inputs of the case."""
    causal = j <= i
    columns = 3

    def dot(q, k):
        return (q * k).sum(-1) / DEPTH**0.5

    return {
        "dot_": lambda: {},
        "padded_": lambda valid: {"keep": valid[:, None, None]},
        "causal_": lambda: {"keep": causal},
        "causal_padded_": lambda valid: {"keep": causal & valid[:, None, None]},
        "causal_after_": lambda past: {"keep": j <= i + past},
        "prefix_": lambda length: {"keep": causal | (j < length[:, None, None, None])},
        "window_": lambda: {"keep": causal & (i - j < 3)},
        "window_global_": lambda: {"keep": ((i - j).abs() <= 1) | (j < 2) | (i < 2)},
        "dilated_": lambda: {"keep": (i == j) | (i == j + 3)},
        "strided_": lambda: {"keep": causal & ((i - j < 3) | ((i - j) % 3 == 0))},
        "blocks_": lambda: {"keep": torch.div(i, 4, rounding_mode="floor") == torch.div(j, 4, rounding_mode="floor")},
        "neighbourhood_": lambda: {
            "keep": torch.maximum((i // columns - j // columns).abs(), (i % columns - j % columns).abs()) <= 1
        },
        "document_": lambda of_query, of_key: {"keep": of_query[:, None, :, None] == of_key[:, None, None]},
        "unscaled_": lambda: {"score": lambda q, k: (q * k).sum(-1)},
        "unscaled_padded_": lambda valid: {"score": lambda q, k: (q * k).sum(-1), "keep": valid[:, None, None]},
        "additive_": lambda w: {"score": lambda q, k: (q + k).tanh() @ w},
        "general_": lambda w: {"score": lambda q, k: torch.einsum("bhixd,hde,bhyje->bhij", q, w, k)},
        "concatenated_": lambda w, of_query, of_key: {"score": lambda q, k: (q @ of_query.T + k @ of_key.T).tanh() @ w},
        "cosine_": lambda sharpness: {"score": lambda q, k: per_head(sharpness) * F.cosine_similarity(q, k, dim=-1)},
        "distance_": lambda: {"score": lambda q, k: -(q - k).square().sum(-1) / DEPTH**0.5},
        "alibi_": lambda: {
            "score": lambda q, k: dot(q, k)
            - per_head(torch.tensor([1 / 4, 1 / 16, 1 / 64, 1 / 256], dtype=q.dtype)) * (i - j).abs()
        },
        "softcap_": lambda cap: {"score": lambda q, k: cap * (dot(q, k) / cap).tanh(), "keep": causal},
        "relative_": lambda r: {
            "score": lambda q, k: dot(q, k) + torch.einsum("bhixd,ijd->bhij", q, r[i - j + KEYS]) / DEPTH**0.5
        },
        "t5_": lambda valid, bias: {
            "score": lambda q, k: (q * k).sum(-1) + t5_bias(bias, 8, True),
            "keep": valid[:, None, None],
        },
        "t5_causal_": lambda bias: {"score": lambda q, k: (q * k).sum(-1) + t5_bias(bias, 4, False), "keep": causal},
        "sigmoid_": lambda: {"weight": lambda s, kept: s.sigmoid()},
        "relu_": lambda: {"weight": lambda s, kept: s.relu() / KEYS},
        "relu_power_": lambda: {"weight": lambda s, kept: (s.relu() / KEYS).square()},
        "abs_sum_": lambda: {"weight": lambda s, kept: s / s.abs().sum(-1, keepdim=True)},
        "scaled_norm_": lambda norm: {"weight": lambda s, kept: s / per_head(norm)},
        "softmax_one_": lambda: {"weight": lambda s, kept: s.exp() / (1 + s.exp().sum(-1, keepdim=True))},
        "sink_": lambda s: {"weight": lambda x, kept: x.exp() / (per_head(s).exp() + x.exp().sum(-1, keepdim=True))},
    }


def attention_cases(golden, random):
    def normal(*sizes):
        return random.normal(size=sizes).astype(np.float32)

    q, k, v = normal(BATCH, QUERIES, HEADS, DEPTH), normal(BATCH, KEYS, KV_HEADS, DEPTH), normal(BATCH, KEYS, KV_HEADS, FEATURES)
    valid = padding([4, KEYS])
    further = {
        "padded_": {"valid": valid},
        "causal_padded_": {"valid": valid[:, ::-1].copy()},  # Rows with nothing kept.
        "causal_after_": {"past": np.array(2, np.int32)},
        "prefix_": {"length": np.array([0, 5], np.int32)},
        "document_": {
            "of_query": np.array([[0, 0, 1, 1, 1, 2, 2, 2, 3], [5, 5, 5, 5, 5, 6, 6, 7, 9]], np.int32),
            "of_key": np.array([[0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3], [6, 5, 5, 5, 5, 5, 6, 6, 7, 7, 7]], np.int32),
        },
        "unscaled_padded_": {"valid": valid},
        "additive_": {"w": normal(DEPTH)},
        "general_": {"w": normal(HEADS, DEPTH, DEPTH)},
        "concatenated_": {"w": normal(DEPTH), "of_query": normal(DEPTH, DEPTH), "of_key": normal(DEPTH, DEPTH)},
        "cosine_": {"sharpness": 3 + normal(HEADS)},
        "softcap_": {"cap": np.array(1.5, np.float32)},
        "relative_": {"r": normal(QUERIES + KEYS, DEPTH)},
        "t5_": {"valid": valid, "bias": normal(8, HEADS)},
        "t5_causal_": {"bias": normal(4, HEADS)},
        "scaled_norm_": {"norm": 2 + abs(normal(BATCH, HEADS))},
        "sink_": {"s": normal(HEADS)},
    }
    for name, definition in definitions(*pairs()).items():

        def run(_, q, k, v, definition=definition, **more):
            return attend(q, k, v, **definition(**more))

        golden.case(name, run, {"q": q, "k": k, "v": v, **further.get(name, {})}, name)


# -- Positions


def rotary_angles(q, past, base):
    position = past + torch.arange(q.shape[1], dtype=q.dtype)
    return position[:, None] * base ** (-torch.arange(0, q.shape[-1], 2, dtype=q.dtype) / q.shape[-1])


def rotary(_, q, past):
    angle = rotary_angles(q, past, 500.0).repeat(1, 2)[None]
    return {"result": apply_rotary_pos_emb(q, q, angle.cos(), angle.sin(), unsqueeze_dim=2)[0]}


def rotary_interleaved(_, q, past):
    angle = rotary_angles(q, past, 10000.0)[None]
    return {"result": rotate_every_two(q, angle.sin(), angle.cos())}


def sinusoidal(_, x):
    result = x.clone()
    for position in range(x.shape[0]):
        for column in range(0, x.shape[1], 2):
            angle = torch.tensor(position / 10000 ** (column / x.shape[1]), dtype=x.dtype)
            result[position, column] += angle.sin()
            result[position, column + 1] += angle.cos()
    return {"result": result}


def buckets(_, distance):
    both, causal = (
        T5Attention._relative_position_bucket(-distance.long(), bidirectional=both, num_buckets=32, max_distance=128)
        for both in (True, False)
    )
    return {"both": both.to(torch.int32), "causal": causal.to(torch.int32)}


def position_cases(golden, random):
    x = random.normal(size=(QUERIES, WIDTH)).astype(np.float32)
    q = random.normal(size=(BATCH, QUERIES, HEADS, DEPTH)).astype(np.float32)
    past = np.array(3, np.int32)
    golden.case("sinusoidal_", sinusoidal, {"x": x}, "sinusoidal_")
    golden.case("learned_", lambda m, x: {"result": x + m["positions"].weight[:QUERIES]}, {"x": x}, "learned_")
    golden.case("rotary_", rotary, {"q": q, "past": past}, "rotary_")
    golden.case("rotary_interleaved_", rotary_interleaved, {"q": q, "past": past}, "rotary_interleaved_")
    golden.case("buckets", buckets, {"distance": np.arange(300, dtype=np.int32)}, "buckets")


# -- Layers and heads


def modules():
    bert = BertConfig(
        hidden_size=WIDTH,
        hidden_act="gelu",
        num_attention_heads=HEADS,
        intermediate_size=HIDDEN,
        hidden_dropout_prob=DROPOUT_RATE,
        attention_probs_dropout_prob=DROPOUT_RATE,
        attn_implementation="eager",
    )
    roberta = RobertaConfig(hidden_size=WIDTH, num_labels=3)
    llama = LlamaConfig(hidden_size=WIDTH, intermediate_size=HIDDEN, num_attention_heads=HEADS)
    t5 = T5Config(d_model=WIDTH, d_ff=HIDDEN, feed_forward_proj="gated-gelu", dropout_rate=0.0)
    options = dict(d_model=WIDTH, nhead=HEADS, dim_feedforward=HIDDEN, dropout=DROPOUT_RATE, batch_first=True)
    pre_norm = dict(options, norm_first=True, activation="gelu")
    pooler = nn.ModuleDict({"pooler": nn.ModuleDict({"dense": nn.Linear(WIDTH, WIDTH)})})
    return nn.ModuleDict(
        {
            "positions": nn.Embedding(9, WIDTH),
            "layer_norm": nn.LayerNorm(WIDTH),
            "rms_norm": LlamaRMSNorm(WIDTH),
            "in_out": Conv1D(HIDDEN, WIDTH),
            "swiglu": LlamaMLP(llama),
            "geglu": T5DenseGatedActDense(t5),
            "encoder_post": nn.TransformerEncoderLayer(**options),
            "encoder_pre": nn.TransformerEncoderLayer(**pre_norm),
            "decoder_post": nn.TransformerDecoderLayer(**options),
            "decoder_pre": nn.TransformerDecoderLayer(**pre_norm),
            "classifier": RobertaClassificationHead(roberta),
            "bert": nn.ModuleDict({"bert": pooler, "classifier": nn.Linear(WIDTH, 3)}),
            "transform": BertPredictionHeadTransform(bert),
            "words": nn.Linear(WIDTH, 7, bias=False),
            "bert_layer": BertLayer(bert),
        }
    )


def encode(name):
    return lambda m, x, valid: {"result": m[name](x, src_key_padding_mask=~valid)}


def decode(name):
    def run(m, x, x_valid, memory, valid):
        causal = torch.ones(QUERIES, QUERIES, dtype=torch.bool).triu(1)
        masks = dict(tgt_mask=causal, tgt_key_padding_mask=~x_valid, memory_key_padding_mask=~valid)
        return {"result": m[name](x, memory, **masks)}

    return run


def activations(_, x):
    return {
        "gelu": F.gelu(x),
        "gelu_tanh": F.gelu(x, approximate="tanh"),
        "silu": F.silu(x),
        "softmax": x.softmax(-1),
        "unit": F.normalize(x, dim=-1),
    }


def bert(m, x):
    pooled = m["bert"]["bert"]["pooler"]["dense"](x[:, 0]).tanh()
    return {"text": m["bert"]["classifier"](pooled), "words": m["words"](m["transform"](x))}


def layer_cases(golden, random):
    x = random.normal(size=(BATCH, QUERIES, WIDTH)).astype(np.float32)
    memory = random.normal(size=(BATCH, KEYS, WIDTH)).astype(np.float32)
    valid, x_valid = padding([KEYS, 4]), padding([5, QUERIES])
    # Small numbers, so that what is added to the variance counts.
    small = (x / 100).astype(np.float32)
    golden.case("norms", lambda m, x: {"layer": m["layer_norm"](x), "rms": m["rms_norm"](x)}, {"x": small}, "norms")
    golden.case("activations", activations, {"x": x}, "activations")
    for name in ("in_out", "swiglu", "geglu"):
        entry = name if name == "in_out" else f"{name}_"
        golden.case(entry, lambda m, x, name=name: {"result": m[name](x)}, {"x": x}, entry)
    for name in ("encoder_post", "encoder_pre"):
        golden.case(name, encode(name), {"x": memory, "valid": valid}, name)
    for name in ("decoder_post", "decoder_pre"):
        golden.case(name, decode(name), {"x": x, "x_valid": x_valid, "memory": memory, "valid": valid}, name)
    golden.case("roberta", lambda m, x: {"result": m["classifier"](x)}, {"x": x}, "roberta")
    golden.case("bert", bert, {"x": x}, "bert")


# -- Dropout


def philox(counter, key):
    """The first word of Philox4x32-10 (Salmon et al. 2011) of uint64 arrays that hold 32 bits."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p, q = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = q >> 32 ^ c1 ^ np.uint64(k0), q & 0xFFFFFFFF, p >> 32 ^ c3 ^ np.uint64(k1), p & 0xFFFFFFFF
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return c0


@contextlib.contextmanager
def documented_dropout():
    """PyTorch's dropout with the masks of docs/language.md, its calls numbered from 0."""
    sites = itertools.count()

    def dropout(x, p=0.5, training=True, inplace=False):
        if not training:
            return x
        row, column = np.divmod(np.arange(x.numel(), dtype=np.uint64), np.uint64(x.shape[-1]))
        words = philox((column, row, np.full_like(row, next(sites)), np.zeros_like(row)), (SEED, 0))
        u = (words >> 8).astype(np.float32) / 2**24
        return x * torch.from_numpy(u >= np.float32(p)).reshape(x.shape) / (1 - p)

    def attention(q, k, v, attn_mask, dropout_p, is_causal):
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5 + attn_mask
        return dropout(scores.softmax(-1), dropout_p) @ v

    # The second is the function that nn.MultiheadAttention calls.
    with mock.patch.object(F, "dropout", dropout), mock.patch.object(F, "scaled_dot_product_attention", attention):
        yield


def in_training(run):
    def run_in_training(m, **inputs):
        m.train()
        with documented_dropout():
            outputs = run(m, **inputs)
        m.eval()
        return outputs

    return run_in_training


def bert_layer(m, x, valid):
    return {"result": m["bert_layer"](x, torch.where(valid, 0, float("-inf"))[:, None, None].to(x.dtype))}


def causal_dropout(_, q, k, v):
    i, j = pairs()

    def weight(s, kept):
        return F.dropout(s.masked_fill(~kept, float("-inf")).softmax(-1), DROPOUT_RATE)

    return attend(q, k, v, keep=j <= i, weight=weight)


def dropout_cases(golden, random):
    def normal(*sizes):
        return random.normal(size=sizes).astype(np.float32)

    q, k, v = normal(BATCH, QUERIES, HEADS, DEPTH), normal(BATCH, KEYS, KV_HEADS, DEPTH), normal(BATCH, KEYS, KV_HEADS, FEATURES)
    encoder = {"x": normal(BATCH, KEYS, WIDTH), "valid": padding([KEYS, 4])}
    decoder = {"x": normal(BATCH, QUERIES, WIDTH), "x_valid": padding([5, QUERIES])}
    decoder |= {"memory": encoder["x"], "valid": encoder["valid"]}
    for name, run, inputs in (
        ("causal_dropout", causal_dropout, {"q": q, "k": k, "v": v}),
        ("encoder_post_dropout", encode("encoder_post"), encoder),
        ("encoder_pre_dropout", encode("encoder_pre"), encoder),
        ("bert_dropout", bert_layer, encoder),
        ("decoder_post_dropout", decode("decoder_post"), decoder),
        ("decoder_pre_dropout", decode("decoder_pre"), decoder),
    ):
        golden.case(name, in_training(run), inputs, name)


def main():
    torch.backends.mha.set_fastpath_enabled(False)  # It leaves rows out that are padding.
    golden = Golden(__file__, randomize(modules(), seed=7), {})
    golden.weights(golden.single.state_dict())
    random = np.random.default_rng(7)
    attention_cases(golden, random)
    position_cases(golden, random)
    layer_cases(golden, random)
    dropout_cases(golden, random)
    golden.write()


if __name__ == "__main__":
    main()
