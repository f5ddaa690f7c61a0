"""Writes golden/: T5ForConditionalGeneration of a small size with random weights.

    pip install torch==2.13.0 transformers==5.23.0 safetensors==0.8.0 numpy
    python make_golden.py
"""

import pathlib
import sys

import numpy as np
from transformers import T5Config, T5ForConditionalGeneration
from transformers.modeling_outputs import BaseModelOutput

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from golden_files import Golden, padding, randomize

# Heads that do not fill the width, and distances past the last bucket.
SIZES = {
    "width": 27,
    "heads": 4,
    "depth": 6,
    "layers": 2,
    "hidden": 40,
    "vocab": 59,
    "buckets": 12,
    "furthest": 24,
}


def encode(model, ids, valid):
    return {"result": model.encoder(input_ids=ids, attention_mask=valid).last_hidden_state}


def decode(model, ids, memory, valid):
    memory = BaseModelOutput(last_hidden_state=memory)
    return {"result": model(decoder_input_ids=ids, encoder_outputs=memory, attention_mask=valid).logits}


def main():
    config = T5Config(
        vocab_size=SIZES["vocab"],
        d_model=SIZES["width"],
        d_kv=SIZES["depth"],
        d_ff=SIZES["hidden"],
        num_layers=SIZES["layers"],
        num_heads=SIZES["heads"],
        relative_attention_num_buckets=SIZES["buckets"],
        relative_attention_max_distance=SIZES["furthest"],
        attn_implementation="eager",
    )
    model = randomize(T5ForConditionalGeneration(config), seed=5)
    golden = Golden(__file__, model, SIZES)
    tied = ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight")
    golden.weights({name: value for name, value in model.state_dict().items() if name not in tied})
    random = np.random.default_rng(5)
    for name, source_lengths, targets in (("one_row", [9], 4), ("three_rows", [33, 1, 47], 41)):
        valid = padding(source_lengths)
        ids = random.integers(0, SIZES["vocab"], valid.shape, np.int32)
        golden.case(f"encode_{name}", encode, {"ids": ids, "valid": valid}, "encode")
        ids = random.integers(0, SIZES["vocab"], (len(valid), targets), np.int32)
        memory = random.normal(size=(*valid.shape, SIZES["width"])).astype(np.float32)
        golden.case(f"decode_{name}", decode, {"ids": ids, "memory": memory, "valid": valid}, "decode")
    golden.write()


if __name__ == "__main__":
    main()
