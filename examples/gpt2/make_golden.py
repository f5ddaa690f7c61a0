"""Writes golden/: GPT2LMHeadModel of a few small sizes with random weights.

    pip install torch==2.13.0 transformers==5.23.0 safetensors==0.8.0 numpy
    python make_golden.py
"""

import pathlib
import sys

import numpy as np
from transformers import GPT2Config, GPT2LMHeadModel

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from golden_files import Golden, randomize

SIZES = {"width": 36, "heads": 3, "layers": 2, "vocab": 67, "positions": 40}


def logits(model, ids):
    return {"result": model(input_ids=ids).logits}


def main():
    config = GPT2Config(
        vocab_size=SIZES["vocab"],
        n_positions=SIZES["positions"],
        n_embd=SIZES["width"],
        n_layer=SIZES["layers"],
        n_head=SIZES["heads"],
        attn_implementation="eager",
    )
    model = randomize(GPT2LMHeadModel(config), seed=1)
    golden = Golden(__file__, model, SIZES)
    tensors = model.state_dict()
    del tensors["lm_head.weight"]  # tied to transformer.wte
    golden.weights(tensors)
    random = np.random.default_rng(1)
    for name, shape in {"one_row": (1, 7), "three_rows": (3, 40)}.items():
        golden.case(name, logits, {"ids": random.integers(0, SIZES["vocab"], shape, np.int32)})
    golden.write()


if __name__ == "__main__":
    main()
