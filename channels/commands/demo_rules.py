"""`guanxi demo rules`: the director's sentence, from the chat to Friday's briefing, on a clock of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from channels.bootstrap import App
    from channels.clock import FixedClock
    from channels.commands.invocation import Invocation
    from knowledge_graph.ontology.record import Value
    from knowledge_graph.rule_ports import RuleEvent

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What the demo does next: says a line, moves the clock, or reports an order."""

    about: str
    say: str = ""
    until: datetime | None = None
    order: tuple[str, float] | None = None
    """(account, amount) of an order that the shop reports as an event."""


SCRIPT: Mapping[str, tuple[Step, ...]] = {
    "zh": (
        Step(
            about="一句话就是一条规则：先看读回、命中、差一点、冲突与所需权限，什么都没有运行",
            say="当客户所属行业为光伏制造且近3个月采购额超500万元，且签约了设备远程诊断服务，则自动将其归入战略灯塔客户池，"
            "并每周五上午10点向其客户成功经理推送该客户产线OEE波动简报（数据源：IoT平台API）",
        ),
        Step(about="确认后才生效", say="/confirm"),
        Step(about="为什么命中", say="为什么 R1 命中 晨光光伏？"),
        Step(about="为什么没有命中：哪一条、差多少", say="为什么 R1 没有命中 江南光能？"),
        Step(about="江南光能又下了 20 万元的订单", order=("demo-near", 200_000)),
        Step(about="规则立刻看到了", say="为什么 R1 命中 江南光能？"),
        Step(about="时钟走到周五上午 10 点：IoT 平台被调用，简报送达", until=FRIDAY),
        Step(about="规则发出的消息", say="规则消息"),
        Step(about="红线：拒绝", say="当客户等级为A级时，提高信用额度"),
        Step(about="规则健康度", say="规则健康度"),
    ),
    "en": (
        Step(
            about="one sentence is one rule: read-back, hits, near misses, conflicts, needs; nothing runs yet",
            say="When a customer's industry is photovoltaic manufacturing and its purchases in the last "
            "3 months exceed 5 million CNY and it has signed up for remote diagnosis, then add it to the "
            "strategic lighthouse pool, and every Friday at 10 am push the production line OEE briefing to "
            "its customer success manager (data source: IoT platform API).",
        ),
        Step(about="it runs only after a yes", say="/confirm"),
        Step(about="why it fired", say="why did R1 fire for 晨光光伏?"),
        Step(about="why it did not: which clause, by how much", say="why did R1 not fire for 江南光能?"),
        Step(about="江南光能 orders for another 200,000", order=("demo-near", 200_000)),
        Step(about="the rule has seen it", say="why did R1 fire for 江南光能?"),
        Step(about="Friday 10:00: the IoT platform is asked, the briefing sent", until=FRIDAY),
        Step(about="what rules have told people", say="show rule messages"),
        Step(about="a red line is refused", say="When a customer's tier is A, raise the credit limit"),
        Step(about="how rules are doing", say="rule health"),
    ),
}  # fmt: skip


async def run_rules(call: Invocation, lang: str, console: Console) -> bool:
    """Return whether every line was answered.

    Args:
        call: The command line.
        lang: zh or en.
        console: Where it shows.
    """
    from pydantic import SecretStr

    from channels.bootstrap import build_app
    from channels.clock import FixedClock
    from channels.settings import SourceSetting
    from channels.testing.iot_demo import TOKEN, iot_demo

    clock = FixedClock(MONDAY)
    with tempfile.TemporaryDirectory(prefix="guanxi-demo-") as folder, iot_demo(clock) as platform:
        source = SourceSetting(url=platform.url, token=SecretStr(TOKEN))
        home = replace(call, home=Path(folder)).settings()
        settings = home.model_copy(update={"sources": {"iot_platform_api": source}})
        app = await build_app(settings, clock)
        try:
            await _seed(app)
            return await _play(app, clock, call, lang, console)
        finally:
            await app.close()


async def _play(app: App, clock: FixedClock, call: Invocation, lang: str, console: Console) -> bool:
    from rich.rule import Rule
    from rich.text import Text

    from channels.console.lines import Speaker
    from channels.console.terminal import say
    from channels.inbound import thread_key

    actor = call.who()
    speaker = Speaker(actor=actor, thread=thread_key("console", str(actor), "demo-rules", lang))
    for step in SCRIPT[lang]:
        console.print(Rule(Text(step.about, style="dim"), align="left"))
        if step.until is not None:
            clock.advance(step.until - clock.now())
        if step.order is not None:
            await app.rules.runtime.ingest([_order(*step.order, clock)])
        if step.say:
            console.print(Text(f"› {step.say}", style="bold"))
            if await say(app.assistant, speaker, step.say, console) is None:
                return False
        await app.rules.step()
    return True


def _order(account: str, amount: float, clock: FixedClock) -> RuleEvent:
    from knowledge_graph.expression.periods import iso_instant
    from knowledge_graph.ontology.record import RecordRef
    from knowledge_graph.rule_ports import RuleEvent

    return RuleEvent(
        id=f"shop-{account}-1",
        kind="order.created",
        subject=RecordRef(kind="account", id=account),
        at=iso_instant(clock.now()),
        values={"order.amount": amount},
        source="shop",
    )


async def _seed(app: App) -> None:
    """Write three customers and their orders: one that fits, one that narrowly misses, one that is far off."""
    from knowledge_graph.ontology.access import Access, Actor, Role
    from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
    from knowledge_graph.ontology.record import Origin, RecordRef

    at = "2026-11-20T08:00:00Z"
    solar: dict[str, Value] = {
        "industry": "pv_manufacturing",
        "region": "east",
        "services": ("remote_diagnosis",),
    }
    records: tuple[tuple[str, str, Mapping[str, Value]], ...] = (
        ("employee", "demo-csm", {"name": "陈静", "title": "客户成功经理", "region": "east"}),
        ("account", "demo-sun", {"name": "晨光光伏", **solar}),
        ("account", "demo-near", {"name": "江南光能", **solar}),
        ("account", "demo-far", {"name": "Fresh Food", "industry": "food", "region": "east"}),
        ("order", "demo-o1", _bought("demo-sun", 3_000_000, "2026-10-08")),
        ("order", "demo-o2", _bought("demo-sun", 2_500_000, "2026-11-05")),
        ("order", "demo-o3", _bought("demo-near", 4_900_000, "2026-11-02")),
    )
    changes = tuple(
        RecordChange(
            action=Action.CREATE,
            ref=RecordRef(kind=kind, id=key),
            title=str(values.get("name", key)),
            before={},
            after=values,
        )
        for kind, key, values in records
    )
    access = Access(actor=Actor(role=Role.OWNER, id="demo"), at=at)
    origin = Origin(system="erp_orders", place="ERP Shanghai", observed_at=at)
    await app.graph.commit(
        ChangeSet(
            id="demo", at=at, actor="owner:demo", reason="demo", changes=changes, origin=origin
        ),
        access,
    )


def _bought(account: str, amount: float, day: str) -> Mapping[str, Value]:
    return {"account": account, "amount": amount, "ordered_on": day}
