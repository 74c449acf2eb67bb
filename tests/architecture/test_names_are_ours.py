"""The six top-level names belong to this distribution and to no other that is installed beside it."""

from __future__ import annotations

from importlib.metadata import packages_distributions

from tests.architecture.lints import PACKAGES


def intruders(owners: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return who else provides one of our names."""
    return {
        name: others
        for name in PACKAGES
        if (others := [owner for owner in owners.get(name, []) if owner != "guanxi"])
    }


def test_nobody_else_provides_our_names() -> None:
    assert intruders(dict(packages_distributions())) == {}, "use a separate environment"


def test_a_planted_intruder_is_found() -> None:
    assert intruders({"agents": ["openai-agents"]}) == {"agents": ["openai-agents"]}
