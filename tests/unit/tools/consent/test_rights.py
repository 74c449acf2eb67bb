"""A person's own request is answered under the purpose of rights, by the steward and the owner alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge_graph.errors import WithheldError
from knowledge_graph.ontology.access import Actor, Role
from tests.unit.tools.consent.conftest import LENA, ref
from tools.privacy.access import people_named

STEWARD = Actor(role=Role.STEWARD, id="s")


async def test_the_steward_finds_a_person_by_mail_even_under_restriction(world):
    access = world.access(actor=STEWARD)
    assert await people_named(world.graph, "Mei@home.example", access, world.clock.at) == (
        ref("contact:p1"),
    )
    await world.grounds.consents.restrict(ref("contact:p1"), "restricted")
    assert await people_named(world.graph, "mei@home.example", access, world.clock.at) == (
        ref("contact:p1"),
    )
    nameless = await world.graph.nameless(replace(access, purpose="rights"))
    assert not nameless.hides(ref("contact:p1"))


async def test_sales_may_not_say_that_it_serves_the_person(world):
    with pytest.raises(WithheldError):
        await people_named(
            world.graph, "mei@home.example", world.access(actor=LENA), world.clock.at
        )
