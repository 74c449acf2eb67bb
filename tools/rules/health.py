"""rule_health: how rules are doing, which are stale, and how much runs by itself in each team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median, quantiles

from knowledge_graph.expression.periods import iso_instant
from knowledge_graph.rule_ports import Tally
from tools.asking import Session
from tools.outcomes import Table, ToolOk, ToolResult
from tools.rules.args import RuleHealthArgs
from tools.rules.book import Kept, Shelf
from tools.rules.report import (
    STALE_DAYS,
    autonomy,
    autonomy_line,
    is_stale,
    month_of,
    monthly,
    teams,
    told,
)
from tools.rules.service import RuleService
from tools.rules.telling import local, state_text
from tools.rules.wording import say


@dataclass(frozen=True, kw_only=True)
class Health:
    """One rule over some days."""

    kept: Kept
    tally: Tally
    stale: bool
    inside: int

    @property
    def success(self) -> float | None:
        """The share of its effects that were done, of those settled."""
        settled = self.tally.done + self.tally.failed + self.tally.held
        return self.tally.done / settled if settled else None

    @property
    def by_hand(self) -> float | None:
        """The share of its effects that a person had to look at."""
        every = self.tally.done + self.tally.failed + self.tally.held + self.tally.waiting
        return self.tally.held / every if every else None


async def healths(service: RuleService, days: int) -> tuple[Health, ...]:
    """Return how all rules in force or paused have been doing.

    Args:
        service: The rules.
        days: How far back.
    """
    now = service.parts.clock.now()
    shelf: Shelf = await service.book.shelf()
    since = iso_instant(now - timedelta(days=days))
    tallies = {t.contract: t for t in await service.parts.journal.tallies(since=since)}
    found = []
    for name, kept in shelf.kept.items():
        if kept.contract.status not in {"active", "paused"} and name not in tallies:
            continue
        tally = tallies.get(name, Tally(contract=name))
        stale = is_stale(kept, tally, iso_instant(now - timedelta(days=STALE_DAYS)))
        inside = len(service.runtime.inside(name))
        found.append(Health(kept=kept, tally=tally, stale=stale, inside=inside))
    return tuple(sorted(found, key=lambda h: (len(h.kept.contract.id), h.kept.contract.ref)))


async def rule_health(args: RuleHealthArgs, session: Session, service: RuleService) -> ToolResult:
    """Return success rate, latency, human intervention, stale rules, and what runs by itself by team.

    Raises:
        BadInputError: There is no such month.
    """
    lang = session.run.lang
    if args.month:
        month = month_of(args.month, session.run.now, session.run.timezone)
        return told(await monthly(month, session, service), lang)
    found = await healths(service, args.days)
    if args.rule:
        wanted = (await service.book.shelf()).get(args.rule).contract.id
        found = tuple(h for h in found if h.kept.contract.id == wanted)
    shares = autonomy(
        (h.tally for h in found), await teams((h.kept for h in found), session, service)
    )
    rows = tuple(_row(h, lang, session.run.timezone) for h in found)
    columns = (
        say(lang, "规则", "Rule"),
        say(lang, "状态", "State"),
        say(lang, "触发", "Fired"),
        say(lang, "成功率", "Success"),
        say(lang, "需人工", "By hand"),
        say(lang, "延迟 p50/p95", "Latency p50/p95"),
        say(lang, "最近", "Last"),
        say(lang, "注意", "Note"),
    )
    return ToolOk(
        text=_summary(found, args.days, shares, lang),
        table=Table(columns=columns, rows=rows) if rows else None,
        data={
            "rules": len(found),
            "firings": sum(h.tally.firings for h in found),
            "stale": sum(h.stale for h in found),
        },
    )


def _summary(found: tuple[Health, ...], days: int, shares: dict[str, float], lang: str) -> str:
    fired = sum(h.tally.firings for h in found)
    done = sum(h.tally.done for h in found)
    held = sum(h.tally.held for h in found)
    stale = sum(h.stale for h in found)
    lines = [
        say(
            lang,
            f"近 {days} 天：{len(found)} 个规则版本，触发 {fired} 次，完成 {done} 个动作，"
            f"{held} 个等人处理，{stale} 条久未触发。",
            f"Last {days} days: {len(found)} rule versions, {fired} firings, {done} actions done, "
            f"{held} waiting for a person, {stale} stale.",
        )
    ]
    if shares:
        lines.append(autonomy_line(shares, lang))
    return "\n".join(lines)


def _row(health: Health, lang: str, timezone: str) -> tuple[str, ...]:
    tally = health.tally
    note = say(lang, "久未触发", "stale") if health.stale else ""
    if tally.failed:
        note += say(lang, f" {tally.failed} 个失败", f" {tally.failed} failed")
    return (
        health.kept.contract.ref,
        state_text(health.kept.contract.status, lang),
        str(tally.firings),
        "-" if health.success is None else f"{health.success:.0%}",
        "-" if health.by_hand is None else f"{health.by_hand:.0%}",
        latency_text(tally.latency_s),
        local(tally.last_at, timezone),
        note.strip(),
    )


def latency_text(seconds: tuple[float, ...]) -> str:
    """Return the middle and the slow end of some latencies.

    >>> latency_text((0.01, 0.02, 0.03))
    '20/30 ms'
    """
    if not seconds:
        return "-"
    slow = max(seconds) if len(seconds) < 20 else quantiles(seconds, n=20)[-1]
    return f"{median(seconds) * 1000:.0f}/{slow * 1000:.0f} ms"
