"""Compiles models with attnc, runs the programs."""

import os
import pathlib
import subprocess

import numpy as np


def target_options():
    """Options of attnc: ATTUNE_TEST_TARGET is the target, this processor where it is not set."""
    target = os.environ.get("ATTUNE_TEST_TARGET")
    return [f"--target={target}"] if target else []


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
