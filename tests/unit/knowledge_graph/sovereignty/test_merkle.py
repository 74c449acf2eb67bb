"""The tree: RFC 9162 vectors, a second library, every proof and no changed one."""

import base64
from collections.abc import Callable
from typing import Any

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.sovereignty.crypto.digests import DigestAlgorithm, digest
from knowledge_graph.sovereignty.ledger.tree import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from knowledge_graph.sovereignty.verifier import State, consistent, inclusion_root

Vectors = Callable[[str], Any]
SHA256, SM3 = DigestAlgorithm.SHA256, DigestAlgorithm.SM3


def unbase64(items: list[str] | None) -> list[bytes]:
    return [base64.b64decode(item) for item in items or []]


def tree_of(algorithm: DigestAlgorithm, leaves: list[bytes]) -> Callable[[int, int], bytes]:
    def node(level: int, place: int) -> bytes:
        if level == 0:
            return leaf_hash(algorithm, leaves[place])
        return node_hash(algorithm, node(level - 1, 2 * place), node(level - 1, 2 * place + 1))

    return node


def test_inclusion_vectors(vectors: Vectors) -> None:
    for case in vectors("merkle/rfc9162_inclusion.json"):
        leaf, expected = base64.b64decode(case["leafHash"]), base64.b64decode(case["root"])
        position, proof = (case["leafIdx"], case["treeSize"]), unbase64(case["proof"])
        held = verify_inclusion(SHA256, leaf, position, proof, expected)
        assert held is not case["wantErr"], case["source"]
        state = State("x/sha256", position[1], expected, "sha256")
        assert (inclusion_root(state, leaf, position[0], proof) == expected) is held, case["source"]


def test_consistency_vectors(vectors: Vectors) -> None:
    for case in vectors("merkle/rfc9162_consistency.json"):
        if case["desc"] == "sizes are equal (one) and proof is empty":
            continue  # its roots are placeholders that are not 32 bytes
        roots = base64.b64decode(case["root1"]), base64.b64decode(case["root2"])
        sizes, proof = (case["size1"], case["size2"]), unbase64(case["proof"])
        held = verify_consistency(SHA256, sizes, roots, proof)
        assert held is not case["wantErr"], case["source"]
        if sizes[0]:
            old, new = (State("x", s, r, "sha256") for s, r in zip(sizes, roots, strict=True))
            assert consistent(old, new, proof) is held, case["source"]


@pytest.mark.parametrize("algorithm", list(DigestAlgorithm))
def test_roots(vectors: Vectors, algorithm: DigestAlgorithm) -> None:
    leaves = [f"leaf-{n:03}".encode() for n in range(33)]
    nodes = tree_of(algorithm, leaves)
    for size, expected in enumerate(vectors("merkle/roots_sm3_sha256.json")[algorithm]):
        assert root(algorithm, size, nodes).hex() == expected


def test_roots_equal_pymerkle() -> None:
    oracle = pymerkle.InmemoryTree(algorithm="sha256")
    leaves = [str(n).encode() for n in range(70)]
    nodes = tree_of(SHA256, leaves)
    for size, leaf in enumerate(leaves, 1):
        oracle.append_entry(leaf)
        assert root(SHA256, size, nodes) == oracle.get_root()


@given(data=st.data(), size=st.integers(1, 70))
@settings(max_examples=80, deadline=None)
def test_every_proof_holds_and_no_changed_one(data: st.DataObject, size: int) -> None:
    nodes = tree_of(SM3, [str(n).encode() for n in range(size)])
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    whole, older = root(SM3, size, nodes), root(SM3, old, nodes)
    proof = list(inclusion_proof(SM3, index, size, nodes))
    assert verify_inclusion(SM3, nodes(0, index), (index, size), proof, whole)
    grown = list(consistency_proof(SM3, old, size, nodes))
    assert verify_consistency(SM3, (old, size), (older, whole), grown)
    states = State("x", old, older, "sm3"), State("x", size, whole, "sm3")
    assert consistent(*states, grown)
    for broken in ([*proof, bytes(32)], proof[:-1], [*proof[:-1], bytes(31)]):
        if broken != proof:
            assert not verify_inclusion(SM3, nodes(0, index), (index, size), broken, whole)
    for broken in ([*grown, bytes(32)], grown[:-1]):
        if broken != grown:
            assert not verify_consistency(SM3, (old, size), (older, whole), broken)
            assert not consistent(*states, broken)
    other = (index + 1) % size
    if other != index:
        assert not verify_inclusion(SM3, nodes(0, index), (other, size), proof, whole)


def test_size_zero_proves_nothing() -> None:
    empty = digest(SM3, b"")
    assert not verify_consistency(SM3, (0, 5), (empty, bytes(32)), [])
    assert not verify_inclusion(SM3, bytes(32), (0, 0), [], empty)
    with pytest.raises(InvalidValueError):
        inclusion_proof(SM3, 3, 3, lambda level, place: bytes(32))
    with pytest.raises(InvalidValueError):
        consistency_proof(SM3, 0, 3, lambda level, place: bytes(32))
