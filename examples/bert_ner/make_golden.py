"""Writes golden/: BertForTokenClassification of a small size with random weights.

    pip install torch==2.13.0 transformers==5.23.0 safetensors==0.8.0 numpy
    python make_golden.py
"""

import pathlib
import sys

import numpy as np
from transformers import BertConfig, BertForTokenClassification

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from golden_files import Golden, padding, randomize

SIZES = {"width": 35, "heads": 5, "layers": 2, "hidden": 50, "vocab": 83, "positions": 30, "segments": 2, "classes": 9}


def tag(model, ids, segment, valid):
    return {"result": model(input_ids=ids, token_type_ids=segment, attention_mask=valid).logits}


def main():
    config = BertConfig(
        vocab_size=SIZES["vocab"],
        hidden_size=SIZES["width"],
        num_hidden_layers=SIZES["layers"],
        num_attention_heads=SIZES["heads"],
        intermediate_size=SIZES["hidden"],
        max_position_embeddings=SIZES["positions"],
        type_vocab_size=SIZES["segments"],
        num_labels=SIZES["classes"],
        attn_implementation="eager",
    )
    model = randomize(BertForTokenClassification(config), seed=3)
    golden = Golden(__file__, model, SIZES)
    golden.weights(model.state_dict())
    random = np.random.default_rng(3)
    for name, lengths in {"one_row": [9], "four_rows": [30, 1, 17, 23]}.items():
        valid = padding(lengths)
        inputs = {
            "ids": random.integers(0, SIZES["vocab"], valid.shape, np.int32),
            "segment": random.integers(0, SIZES["segments"], valid.shape, np.int32),
            "valid": valid,
        }
        golden.case(name, tag, inputs)
    golden.write()


if __name__ == "__main__":
    main()
