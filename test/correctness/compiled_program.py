"""Runs a program that attnc made."""

import pathlib
import subprocess

import numpy as np


def run_program(program, weights, prefix, **inputs):
    """The result for NumPy arrays; files go to `prefix` with endings."""
    command = [program, "--weights", weights, "--output", f"{prefix}.result.npy"]
    for name, array in inputs.items():
        np.save(f"{prefix}.{name}.npy", array)
        command += ["--input", f"{name}=@{prefix}.{name}.npy"]
    done = subprocess.run(command, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"{pathlib.Path(program).name}: exit status {done.returncode}: {done.stderr.decode()}")
    return np.load(f"{prefix}.result.npy")
