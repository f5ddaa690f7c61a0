"""The model of examples/minilm in float64 with NumPy, straight from a weights
file: what the compiled one is compared with where no golden file reaches."""

import json
import math
import pathlib

import numpy as np

_erf = np.vectorize(math.erf, otypes=[np.float64])


def load_safetensors(path):
    """All float32 tensors of a file, as float64."""
    data = pathlib.Path(path).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            first, last = entry["data_offsets"]
            values = np.frombuffer(data[8 + size + first : 8 + size + last], "<f4")
            tensors[name] = values.reshape(entry["shape"]).astype(np.float64)
    return tensors


def save_safetensors(path, tensors):
    """Writes tensors as float32."""
    header, blobs, offset = {}, [], 0
    for name, values in tensors.items():
        blobs.append(np.ascontiguousarray(values, "<f4").tobytes())
        header[name] = {"dtype": "F32", "shape": values.shape, "data_offsets": [offset, offset + len(blobs[-1])]}
        offset += len(blobs[-1])
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(blobs))


class Bert:
    def __init__(self, path, heads=12):
        self.weights = load_safetensors(path)
        self.heads = heads  # No tensor's shape tells; config.json does.
        self.layers = 1 + max(int(n.split(".")[2]) for n in self.weights if n.startswith("encoder.layer."))

    def linear(self, name, x):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def norm(self, name, x):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
        return x * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def attention(self, name, x, valid):
        batch, tokens, width = x.shape
        split = lambda y: y.reshape(batch, tokens, self.heads, -1).transpose(0, 2, 1, 3)
        q, k, v = (split(self.linear(f"{name}.self.{part}", x)) for part in ("query", "key", "value"))
        scores = q @ k.transpose(0, 1, 3, 2) / math.sqrt(width // self.heads)
        scores = np.where(valid[:, None, None, :], scores, -np.inf)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = weights / weights.sum(-1, keepdims=True) @ v
        return self.linear(f"{name}.output.dense", mixed.transpose(0, 2, 1, 3).reshape(x.shape))

    def embed(self, ids, valid):
        """ids and valid [batch, tokens], a valid token in each row -> [batch, width]."""
        tables = [self.weights[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position", "token_type")]
        x = self.norm("embeddings.LayerNorm", tables[0][ids] + tables[1][: ids.shape[1]] + tables[2][0])
        for index in range(self.layers):
            layer = f"encoder.layer.{index}"
            x = self.norm(f"{layer}.attention.output.LayerNorm", x + self.attention(f"{layer}.attention", x, valid))
            y = self.linear(f"{layer}.intermediate.dense", x)
            y = 0.5 * y * (1 + _erf(y / math.sqrt(2)))
            x = self.norm(f"{layer}.output.LayerNorm", x + self.linear(f"{layer}.output.dense", y))
        mean = (x * valid[..., None]).sum(1) / valid.sum(1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)
