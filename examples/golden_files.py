"""What every make_golden.py shares: random weights for a model of PyTorch, and
the files that test/correctness/golden_cases.py reads.

    pip install torch==2.13.0 transformers==5.23.0 safetensors==0.8.0 numpy

The files are checked in, so the tests need none of this.
"""

import copy
import json
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file
from torch.overrides import TorchFunctionMode


class InDouble(TorchFunctionMode):
    """Makes the casts to float32 that models contain casts to float64."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        def widened(value):
            return torch.float64 if value is torch.float32 else value

        kwargs = {name: widened(value) for name, value in (kwargs or {}).items()}
        if function is torch.Tensor.float:
            function = torch.Tensor.double
        return function(*map(widened, args), **kwargs)


def randomize(model, seed):
    """Draws every parameter, so that none is at a start of 0 or 1 that would
    hide a mistake. Matrices keep the variance of what they are applied to."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        value = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() > 1:
            value /= parameter[0].numel() ** 0.5
        else:
            value = 0.2 * value + (0 if name.endswith("bias") else 1)
        parameter.data.copy_(value)
    return model.eval()


class Golden:
    """Collects cases and writes FOLDER/golden."""

    def __init__(self, script, model, set):
        """`script` is the __file__ of make_golden.py, `model` a module in
        float32, `set` the consts of the .attn file."""
        self.folder = pathlib.Path(script).resolve().parent / "golden"
        self.folder.mkdir(exist_ok=True)
        for file in self.folder.iterdir():
            file.unlink()
        self.single, self.double = model, copy.deepcopy(model).double()
        self.cases = {"set": set, "cases": []}
        self.inputs = {}  # files by content: cases share what is equal

    def weights(self, tensors):
        """Writes the weights, by their names in checkpoints."""
        self.cases["weights"] = "weights.safetensors"
        tensors = {name: value.detach().clone().contiguous() for name, value in tensors.items()}
        save_file(tensors, self.folder / "weights.safetensors")
        (self.folder / "weights.safetensors").chmod(0o644)

    def case(self, name, run, inputs, model=None):
        """One run of the entry `model`. `run(module, **inputs)` gives the
        outputs by name; it is called in float64 and in float32. Inputs are
        NumPy arrays of int32, bool or float32."""
        case = {"name": name, "inputs": {}, "outputs": {}}
        if model:
            case["model"] = model
        for key, array in inputs.items():
            assert array.dtype in (np.int32, np.bool_, np.float32), (key, array.dtype)
            content = (key, array.shape, array.tobytes())
            if content not in self.inputs:
                self.inputs[content] = f"{name}.{key}.npy"
                np.save(self.folder / self.inputs[content], array)
            case["inputs"][key] = self.inputs[content]
        with torch.no_grad():
            with InDouble():
                exact = run(self.double, **tensors_of(inputs, torch.float64))
            plain = run(self.single, **tensors_of(inputs, torch.float32))
        for key, value in exact.items():
            case["outputs"][key] = {"file": f"{name}.{key}.npy"}
            assert f"{name}.{key}.npy" not in self.inputs.values(), key
            assert torch.isfinite(value).all(), key
            np.save(self.folder / f"{name}.{key}.npy", value.numpy())
            if value.is_floating_point():
                assert value.dtype == torch.float64, (key, value.dtype)
                error = (plain[key].double() - value).abs().max().item()
                case["outputs"][key]["float32_error"] = float(f"{error:.2g}")
        self.cases["cases"].append(case)

    def write(self):
        (self.folder / "cases.json").write_text(json.dumps(self.cases, indent=2) + "\n")


def tensors_of(inputs, floats):
    """Torch tensors: ids in 64 bits, as PyTorch's embeddings want them."""
    types = {np.dtype(np.int32): torch.int64, np.dtype(np.float32): floats}
    return {name: torch.from_numpy(array).to(types.get(array.dtype, torch.bool)) for name, array in inputs.items()}


def padding(lengths):
    """True for the tokens of rows with these lengths, [rows, longest]."""
    return np.arange(max(lengths)) < np.array(lengths)[:, None]
