"""Writes golden/: DeepseekV2ForCausalLM with dense layers alone, small and with
random weights. Keys have 6 + 4 features, values 9.

    pip install torch==2.13.0 transformers==5.23.0 safetensors==0.8.0 numpy
    python make_golden.py
"""

import pathlib
import sys

import numpy as np
from transformers import DeepseekV2Config, DeepseekV2ForCausalLM

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from golden_files import Golden, randomize

SIZES = {
    "width": 30,
    "heads": 5,
    "layers": 2,
    "hidden": 44,
    "vocab": 67,
    "query_rank": 14,
    "latent": 10,  # even, for PyTorch views what follows it as complex numbers
    "depth": 6,
    "rotary_depth": 4,
    "features": 9,
    "base": 500.0,  # so that small positions turn all pairs
}


def logits(model, ids):
    return {"result": model(input_ids=ids).logits}


def main():
    config = DeepseekV2Config(
        vocab_size=SIZES["vocab"],
        hidden_size=SIZES["width"],
        intermediate_size=SIZES["hidden"],
        num_hidden_layers=SIZES["layers"],
        first_k_dense_replace=SIZES["layers"],
        num_attention_heads=SIZES["heads"],
        q_lora_rank=SIZES["query_rank"],
        kv_lora_rank=SIZES["latent"],
        qk_nope_head_dim=SIZES["depth"],
        qk_rope_head_dim=SIZES["rotary_depth"],
        v_head_dim=SIZES["features"],
        rope_parameters={"rope_type": "default", "rope_theta": SIZES["base"]},
        attn_implementation="eager",
    )
    model = randomize(DeepseekV2ForCausalLM(config), seed=11)
    golden = Golden(__file__, model, SIZES)
    golden.weights(model.state_dict())
    random = np.random.default_rng(11)
    for name, shape in {"one_row": (1, 1), "three_rows": (3, 37)}.items():
        golden.case(name, logits, {"ids": random.integers(0, SIZES["vocab"], shape, np.int32)})
    golden.write()


if __name__ == "__main__":
    main()
