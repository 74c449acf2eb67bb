"""The shared vectors lie beside the checkout and are not part of it; without them these tests skip visibly."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from knowledge_graph.sovereignty.crypto.signatures import Ed25519Signer, Sm2Signer
from knowledge_graph.sovereignty.ledger.notes import NoteSigner
from knowledge_graph.sovereignty.ledger.store import SqliteLedger
from tests.unit.knowledge_graph.sovereignty.ledger_parts import ORIGIN

DATA = Path(__file__).parents[5] / "shared/data/sovereignty"


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    """Read one of the shared files by name."""

    def read(name: str) -> Any:
        path = DATA / name
        if not path.exists():
            pytest.skip(f"shared vectors {name} are not on this machine")
        return json.loads(path.read_text(encoding="utf-8"))

    return read


@pytest.fixture(scope="module")
def signers() -> tuple[NoteSigner, ...]:
    return (
        NoteSigner(name="example.com/guanxi", signer=Ed25519Signer.generate()),
        NoteSigner(name="example.com/guanxi", signer=Sm2Signer.generate()),
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    made = SqliteLedger(tmp_path / "ledger.db", origin=ORIGIN)
    yield made
    made.close()
