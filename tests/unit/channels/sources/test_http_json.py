"""A data source that hangs, lies, fails or floods costs bounded time and gives no false briefing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from channels.clock import FixedClock
from channels.sources.http_json import HttpJsonSource
from channels.testing.iot_demo import TOKEN, IotDemo, Mood, iot_demo
from knowledge_graph.errors import UnavailableError
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.rule_ports import DataSource

SUN = RecordRef(kind="account", id="sun")


@pytest.fixture
def platform() -> Iterator[IotDemo]:
    with iot_demo(FixedClock(datetime(2026, 11, 27, 2, tzinfo=UTC))) as demo:
        yield demo


def source(platform: IotDemo, token: str = TOKEN) -> HttpJsonSource:
    return HttpJsonSource(
        "iot_platform_api", url=platform.url, token=token, clock=platform.clock, timeout_s=0.5
    )


async def test_it_reads_with_its_token_and_names_place_and_time(platform: IotDemo) -> None:
    asked = source(platform)
    assert isinstance(asked, DataSource)
    found = await asked.read(
        "oee_brief", SUN, keys=("iot_platform_api|line|L 7/8", "crm|account|1")
    )
    assert len(found.series["OEE"]) == 7
    assert (found.at, found.place) == ("2026-11-27T01:55:00Z", "iot_platform_api · 127.0.0.1")
    assert platform.asked == ["/v1/oee_brief/L%207%2F8"]


async def test_an_answer_is_remembered_for_a_while(platform: IotDemo) -> None:
    asked, clock = source(platform), platform.clock
    assert isinstance(clock, FixedClock)
    await asked.read("oee_brief", SUN, keys=())
    assert (await asked.read("oee_brief", SUN, keys=())).cached
    clock.advance(timedelta(minutes=6))
    assert not (await asked.read("oee_brief", SUN, keys=())).cached
    assert len(platform.asked) == 2


@pytest.mark.parametrize("mood", ["hangs", "lies", "fails", "floods"])
async def test_no_answer_that_makes_sense_is_no_answer(platform: IotDemo, mood: Mood) -> None:
    platform.mood = mood
    with pytest.raises(UnavailableError) as told:
        await source(platform).read("oee_brief", SUN, keys=())
    assert TOKEN not in str(told.value)


async def test_a_wrong_token_is_refused(platform: IotDemo) -> None:
    with pytest.raises(UnavailableError, match="401"):
        await source(platform, "wrong").read("oee_brief", SUN, keys=())
