"""Writes golden/: LlamaForCausalLM of a small size with random weights.

    pip install torch==2.13.0 transformers==5.23.0 safetensors==0.8.0 numpy
    python make_golden.py
"""

import pathlib
import sys

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from golden_files import Golden, randomize

# Heads that do not fill the width, and three queries to a key.
SIZES = {
    "width": 42,
    "heads": 6,
    "kv_heads": 2,
    "depth": 8,
    "layers": 2,
    "hidden": 58,
    "vocab": 71,
    "base": 500000.0,
    "eps": 1e-5,
}


def logits(model, ids):
    return {"result": model(input_ids=ids).logits}


def main():
    config = LlamaConfig(
        vocab_size=SIZES["vocab"],
        hidden_size=SIZES["width"],
        intermediate_size=SIZES["hidden"],
        num_hidden_layers=SIZES["layers"],
        num_attention_heads=SIZES["heads"],
        num_key_value_heads=SIZES["kv_heads"],
        head_dim=SIZES["depth"],
        rms_norm_eps=SIZES["eps"],
        rope_parameters={"rope_type": "default", "rope_theta": SIZES["base"]},
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
        attn_implementation="eager",
    )
    model = randomize(LlamaForCausalLM(config), seed=2)
    golden = Golden(__file__, model, SIZES)
    # The module made these in float32.
    exponents = torch.arange(0, SIZES["depth"], 2, dtype=torch.float64) / SIZES["depth"]
    golden.double.model.rotary_emb.inv_freq = SIZES["base"] ** -exponents
    tensors = model.state_dict()
    del tensors["lm_head.weight"]  # tied to model.embed_tokens
    golden.weights(tensors)
    random = np.random.default_rng(2)
    for name, shape in {"one_row": (1, 1), "three_rows": (3, 37)}.items():
        golden.case(name, logits, {"ids": random.integers(0, SIZES["vocab"], shape, np.int32)})
    golden.write()


if __name__ == "__main__":
    main()
