"""Writes golden/: PyTorch's Transformer layers of a small size with random
weights, put together as the paper says.

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

SIZES = {"width": 28, "heads": 4, "layers": 2, "hidden": 45, "vocab": 61}


class Translation(nn.Module):
    def __init__(self, width, heads, layers, hidden, vocab):
        super().__init__()
        self.embedding = nn.Embedding(vocab, width)
        options = dict(dim_feedforward=hidden, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(width, heads, **options), layers)
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(width, heads, **options), layers)

    def embed(self, ids):
        table = self.embedding.weight
        width = table.shape[1]
        position = torch.arange(ids.shape[1], dtype=table.dtype)[:, None]
        angle = position / 10000 ** (torch.arange(0, width, 2, dtype=table.dtype) / width)
        return table[ids] * width**0.5 + torch.stack([angle.sin(), angle.cos()], -1).flatten(1)

    def encode(self, ids, valid):
        return self.encoder(self.embed(ids), src_key_padding_mask=~valid)

    def decode(self, ids, valid, memory, memory_valid):
        causal = torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool).triu(1)
        x = self.decoder(
            self.embed(ids),
            memory,
            tgt_mask=causal,
            tgt_key_padding_mask=~valid,
            memory_key_padding_mask=~memory_valid,
        )
        return x @ self.embedding.weight.T


def translate(model, source_ids, source_valid, target_ids, target_valid):
    memory = model.encode(source_ids, source_valid)
    return {"result": model.decode(target_ids, target_valid, memory, source_valid)}


def encode(model, **inputs):
    return {"result": model.encode(**inputs)}


def decode(model, **inputs):
    return {"result": model.decode(**inputs)}


def main():
    torch.backends.mha.set_fastpath_enabled(False)  # It leaves rows out that are padding.
    model = randomize(Translation(**SIZES), seed=4)
    golden = Golden(__file__, model, SIZES)
    golden.weights(model.state_dict())
    random = np.random.default_rng(4)
    for name, source_lengths, target_lengths in (("one_row", [7], [5]), ("three_rows", [19, 23, 1], [11, 4, 31])):
        source, target = padding(source_lengths), padding(target_lengths)
        source_ids, target_ids = (random.integers(0, SIZES["vocab"], v.shape, np.int32) for v in (source, target))
        memory = random.normal(size=(*source.shape, SIZES["width"])).astype(np.float32)
        sentences = {"source_ids": source_ids, "source_valid": source, "target_ids": target_ids, "target_valid": target}
        golden.case(f"translate_{name}", translate, sentences, "translate")
        golden.case(f"encode_{name}", encode, {"ids": source_ids, "valid": source}, "encode")
        decoding = {"ids": target_ids, "valid": target, "memory": memory, "memory_valid": source}
        golden.case(f"decode_{name}", decode, decoding, "decode")
    golden.write()


if __name__ == "__main__":
    main()
