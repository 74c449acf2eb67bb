"""The Merkle tree of RFC 9162 over SM3 or SHA-256: roots, proofs, strict verification.

The functions ask for nodes by (level, index): level 0 holds the leaf hashes, node (l, i) covers the leaves
i * 2**l up to (i + 1) * 2**l. Only complete nodes are ever asked for, so that they can be stored for good.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.sovereignty.crypto.digests import DIGEST_BYTES, DigestAlgorithm, digest

Nodes = Callable[[int, int], bytes]
"""Gives the hash of a complete node by level and index."""


def leaf_hash(algorithm: DigestAlgorithm, leaf: bytes) -> bytes:
    """Return the hash of a leaf."""
    return digest(algorithm, b"\0" + leaf)


def node_hash(algorithm: DigestAlgorithm, left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return digest(algorithm, b"\1" + left + right)


def peaks(size: int) -> tuple[tuple[int, int], ...]:
    """Return the complete subtrees of a tree, largest first, as (level, index).

    >>> peaks(6)
    ((2, 0), (1, 2))
    """
    found, at = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            found.append((level, at >> level))
            at += 1 << level
    return tuple(found)


def root(algorithm: DigestAlgorithm, size: int, nodes: Nodes) -> bytes:
    """Return the root of the tree of the first `size` leaves; an empty tree has the hash of nothing."""
    if size == 0:
        return digest(algorithm, b"")
    return _range(algorithm, 0, size, nodes)


def inclusion_proof(
    algorithm: DigestAlgorithm, index: int, size: int, nodes: Nodes
) -> tuple[bytes, ...]:
    """Return the audit path of a leaf, from the leaf upwards.

    Args:
        algorithm: The hash of the tree.
        index: The leaf, from 0.
        size: Leaves of the tree, more than `index`.
        nodes: Where hashes come from.

    Returns:
        At most 64 hashes.

    Raises:
        InvalidValueError: There is no such leaf.

    Source: RFC 9162 section 2.1.3.1.
    """
    if not 0 <= index < size:
        raise InvalidValueError(f"no leaf {index} in a tree of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range(algorithm, middle, end, nodes))
            end = middle
        else:
            path.append(_range(algorithm, start, middle, nodes))
            start = middle
    return tuple(reversed(path))


def consistency_proof(
    algorithm: DigestAlgorithm, old: int, new: int, nodes: Nodes
) -> tuple[bytes, ...]:
    """Return the proof that the tree of `new` leaves begins with the tree of `old` leaves.

    Args:
        algorithm: The hash of the tree.
        old: Leaves then, at least 1.
        new: Leaves now, at least `old`.
        nodes: Where hashes come from.

    Returns:
        Hashes; none when the two sizes are equal.

    Raises:
        InvalidValueError: The sizes do not fit.

    Source: RFC 9162 section 2.1.4.1.
    """
    if not 1 <= old <= new:
        raise InvalidValueError(f"no consistency between trees of {old} and {new}")
    path, start, end, whole = [], 0, new, True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range(algorithm, middle, end, nodes))
            end = middle
        else:
            path.append(_range(algorithm, start, middle, nodes))
            start, whole = middle, False
    if not whole:
        path.append(_range(algorithm, start, end, nodes))
    return tuple(reversed(path))


def includes(
    algorithm: DigestAlgorithm, leaf: bytes, position: tuple[int, int], proof: Sequence[bytes]
) -> bytes | None:
    """Return the root that an audit path leads to, or None when it is no path.

    Args:
        algorithm: The hash of the tree.
        leaf: Hash of the leaf, 32 bytes.
        position: Index of the leaf and size of the tree.
        proof: The audit path.

    Returns:
        32 bytes to be compared with a signed root.

    Source: RFC 9162 section 2.1.3.2.
    """
    index, size = position
    if not 0 <= index < size or not _are_digests((leaf, *proof)):
        return None
    at, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if at & 1 or at == last:
            result = node_hash(algorithm, sibling, result)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            result = node_hash(algorithm, result, sibling)
        at, last = at >> 1, last >> 1
    return result if last == 0 else None


def verify_inclusion(
    algorithm: DigestAlgorithm,
    leaf: bytes,
    position: tuple[int, int],
    proof: Sequence[bytes],
    expected: bytes,
) -> bool:
    """Say whether a leaf hash stands at a position (index, size) of the tree with this root."""
    found = includes(algorithm, leaf, position, proof)
    return found is not None and hmac.compare_digest(found, expected)


def verify_consistency(
    algorithm: DigestAlgorithm,
    sizes: tuple[int, int],
    roots: tuple[bytes, bytes],
    proof: Sequence[bytes],
) -> bool:
    """Say whether the newer tree begins with the older one; a size of 0 proves nothing and is refused.

    Args:
        algorithm: The hash of the tree.
        sizes: Older, newer.
        roots: Older, newer, 32 bytes each.
        proof: From `consistency_proof`.

    Returns:
        True when both roots follow from the proof.

    Source: RFC 9162 section 2.1.4.2.
    """
    old, new = sizes
    if not 1 <= old <= new or not _are_digests((*roots, *proof)):
        return False
    if old == new:
        return not proof and hmac.compare_digest(*roots)
    if not proof:
        return False
    path = list(proof) if old & (old - 1) else [roots[0], *proof]
    return _climb(algorithm, sizes, roots, path)


def _climb(
    algorithm: DigestAlgorithm,
    sizes: tuple[int, int],
    roots: tuple[bytes, bytes],
    path: Sequence[bytes],
) -> bool:
    """Compute both roots from one path; `path[0]` is where the two trees part."""
    at, last = sizes[0] - 1, sizes[1] - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            older = node_hash(algorithm, sibling, older)
            newer = node_hash(algorithm, sibling, newer)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            newer = node_hash(algorithm, newer, sibling)
        at, last = at >> 1, last >> 1
    same = hmac.compare_digest(older, roots[0]) & hmac.compare_digest(newer, roots[1])
    return last == 0 and same


def _range(algorithm: DigestAlgorithm, start: int, end: int, nodes: Nodes) -> bytes:
    """Return the hash over the leaves start..end; `start` is a multiple of the largest power inside."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(size)
    left, right = _range(algorithm, start, middle, nodes), _range(algorithm, middle, end, nodes)
    return node_hash(algorithm, left, right)


def _split(size: int) -> int:
    """Return the largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def _are_digests(hashes: Sequence[bytes]) -> bool:
    return all(len(item) == DIGEST_BYTES for item in hashes)
