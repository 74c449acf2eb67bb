"""Which tool a sentence means, by a linear classifier over the bundled embedder.

It never lets anything run: the coverage rule does. It is asked only when no frame reads a sentence, to tell
a question for the documents from a request that was worded in an unknown way, and both from what is out of
scope. Weights are trained by `python -m agents.offline.train_intent` from examples.yaml and shipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from knowledge_graph.ports import Embedder

OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What a sentence most probably asks for."""

    tool: str
    """A tool's name, or `out_of_scope`."""
    probability: float


MAX_CHARS = 256
"""What is wanted shows in the first sentences; the time to embed grows with the square of the length."""


class IntentClassifier:
    """Softmax regression: `labels` in the order of the rows of `weights`, shape (labels, dim + 1)."""

    def __init__(
        self, embedder: Embedder, labels: Sequence[str], weights: NDArray[np.float32]
    ) -> None:
        self._embedder = embedder
        self._labels = tuple(labels)
        self._weights = weights

    def classify(self, text: str) -> tuple[Intent, ...]:
        """Return all labels, the most probable first."""
        [found] = self._embedder.queries([text[:MAX_CHARS]])
        vector = np.append(np.asarray(found, dtype=np.float32), 1.0)
        scores = self._weights @ vector
        odds = np.exp(scores - scores.max())
        shares = odds / odds.sum()
        ranked = sorted(zip(self._labels, shares, strict=True), key=lambda pair: -pair[1])
        return tuple(Intent(tool=label, probability=float(share)) for label, share in ranked)


def load_classifier(embedder: Embedder) -> IntentClassifier | None:
    """Return the shipped classifier, or None when it was trained for another embedder.

    Args:
        embedder: Vectors of another version than the trained one are not comparable.
    """
    source = resources.files("agents.offline").joinpath("intent_weights.npz")
    if not source.is_file():
        return None
    with resources.as_file(source) as path, np.load(path, allow_pickle=False) as data:
        if str(data["version"]) != embedder.version:
            return None
        labels = [str(label) for label in data["labels"]]
        weights = data["weights"].astype(np.float32)
    return IntentClassifier(embedder, labels, weights)


def train(
    vectors: NDArray[np.float32], labels: Sequence[str], *, steps: int = 600, decay: float = 1e-3
) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """Fit a softmax regression by gradient descent; the same input gives the same weights.

    Args:
        vectors: Unit vectors, shape (n, dim).
        labels: One label a row.
        steps: Gradient steps.
        decay: L2 penalty.

    Returns:
        The labels in order, and weights of shape (labels, dim + 1).
    """
    names = tuple(sorted(set(labels)))
    inputs = np.hstack([vectors, np.ones((len(vectors), 1), dtype=np.float32)])
    wanted = np.eye(len(names), dtype=np.float32)[[names.index(label) for label in labels]]
    share = wanted.sum(axis=0, keepdims=True)
    balance = (wanted / share).sum(axis=1, keepdims=True) * len(labels) / len(names)
    weights = np.zeros((len(names), inputs.shape[1]), dtype=np.float32)
    for _ in range(steps):
        scores = inputs @ weights.T
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        error = (odds / odds.sum(axis=1, keepdims=True) - wanted) * balance
        weights -= 8.0 * (error.T @ inputs / len(labels) + decay * weights)
    return names, weights
