import os
import shutil

import lit.formats

config.name = "attune"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".attn", ".test"]
# Inputs of other tests, and suites that have drivers of their own.
config.excludes = ["library", "Inputs", "unit", "tokenizer", "install", "minilm", "random"]
config.test_source_root = os.path.dirname(__file__)

# Attune's programs come first, then FileCheck, not and split-file.
path = [config.attune_programs, config.llvm_programs, os.environ["PATH"]]
config.environment["PATH"] = os.pathsep.join(path)
for variable in ("HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "XDG_CACHE_HOME", "ATTUNE_CACHE_DIR", "ATTUNE_CC"):
    if variable in os.environ:
        config.environment[variable] = os.environ[variable]
# NVIDIA's assembler, which says how many registers a kernel takes; attnc looks in the same places.
if shutil.which("ptxas") or shutil.which("ptxas", path="/usr/local/cuda/bin"):
    config.available_features.add("ptxas")
config.substitutions += [
    ("%python", config.python),
    ("%weights", config.weights),
    ("%examples", os.path.join(config.attune_source, "examples")),
]
