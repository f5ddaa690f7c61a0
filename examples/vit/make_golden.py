"""Writes golden/: ViTForImageClassification of a small size with random weights.

    pip install torch==2.13.0 transformers==5.23.0 safetensors==0.8.0 numpy
    python make_golden.py
"""

import pathlib
import sys
import tempfile

import numpy as np
from safetensors.torch import load_file
from transformers import ViTConfig, ViTForImageClassification

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from golden_files import Golden, randomize

SIZES = {
    "width": 30,
    "heads": 3,
    "layers": 2,
    "hidden": 44,
    "classes": 11,
    "channels": 3,
    "side": 20,
    "patch": 5,
}


def classify(model, image):
    return {"result": model(pixel_values=image).logits}


def main():
    config = ViTConfig(
        image_size=SIZES["side"],
        patch_size=SIZES["patch"],
        num_channels=SIZES["channels"],
        hidden_size=SIZES["width"],
        num_hidden_layers=SIZES["layers"],
        num_attention_heads=SIZES["heads"],
        intermediate_size=SIZES["hidden"],
        num_labels=SIZES["classes"],
        attn_implementation="eager",
    )
    model = randomize(ViTForImageClassification(config), seed=6)
    golden = Golden(__file__, model, SIZES)
    # Its modules have names of their own; this writes the published ones.
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        golden.weights(load_file(pathlib.Path(folder, "model.safetensors")))
    random = np.random.default_rng(6)
    for name, batch in {"one_image": 1, "three_images": 3}.items():
        shape = (batch, SIZES["channels"], SIZES["side"], SIZES["side"])
        golden.case(name, classify, {"image": random.normal(size=shape).astype(np.float32)})
    golden.write()


if __name__ == "__main__":
    main()
