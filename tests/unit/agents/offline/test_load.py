"""A long message costs its sender time, not everybody else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np

from agents.model import ModelReply, ModelStep
from agents.offline.intent import MAX_CHARS, IntentClassifier
from agents.offline.model import OfflineModel


class Recorder:
    """An embedder that keeps what it was asked, and in which thread."""

    dim = 2
    version = "recorder"

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.threads: set[int] = set()

    def queries(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return a vector for each text."""
        self.texts.extend(texts)
        self.threads.add(threading.get_ident())
        return [[1.0, 0.0] for _ in texts]

    passages = queries


def classifier(embedder: Recorder) -> IntentClassifier:
    """Return a classifier that knows one label."""
    return IntentClassifier(embedder, ["out_of_scope"], np.ones((1, 3), dtype=np.float32))


def test_only_the_beginning_of_a_long_text_is_classified():
    embedder = Recorder()
    classifier(embedder).classify("总和" * 1_000)
    assert [len(text) for text in embedder.texts] == [MAX_CHARS]


async def test_reading_does_not_hold_the_event_loop(step: Callable[..., ModelStep]):
    embedder = Recorder()
    reply = await OfflineModel(classifier=classifier(embedder)).next_step(step("florb the blarg"))
    assert isinstance(reply, ModelReply)
    assert embedder.threads
    assert threading.get_ident() not in embedder.threads
