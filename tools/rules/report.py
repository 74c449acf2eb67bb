"""The monthly report on rules: what came and went, what they did, where people had to step in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from knowledge_graph.errors import BadInputError
from knowledge_graph.expression.periods import iso_instant
from knowledge_graph.ontology.access import parse_actor
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.rule_ports import Tally
from tools.asking import Session, speaker
from tools.outcomes import Table, ToolOk
from tools.rules.book import Kept
from tools.rules.service import RuleService
from tools.rules.wording import say

STALE_DAYS = 30
"""A rule in force that has not fired for so long is worth a look."""
_MONTH = re.compile(r"^(\d{4})\s*[-/年.]\s*(\d{1,2})\s*月?$")
_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Month:
    """One calendar month of the workspace's zone."""

    name: str
    """ "2026-11"."""
    start: str
    """UTC instant, included."""
    end: str
    """UTC instant, not included."""

    def has(self, stamp: str) -> bool:
        """Return whether an instant lies in it."""
        return self.start <= stamp < self.end


def month_of(text: str, now: datetime, timezone: str) -> Month:
    """Return the month that a person means.

    Args:
        text: "2026-11", "2026年11月", "this" or "last".
        now: The present.
        timezone: Of the workspace.

    Raises:
        BadInputError: It is no month.

    >>> month_of("2026年11月", datetime(2026, 12, 1, tzinfo=UTC), "Asia/Shanghai").start
    '2026-10-31T16:00:00Z'
    """
    zone = ZoneInfo(timezone)
    first = now.astimezone(zone).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=None
    )
    match = _MONTH.match(text.strip())
    if text == "last":
        first = (first - timedelta(days=1)).replace(day=1)
    elif match is not None and 1 <= int(match[2]) <= 12 and 1970 <= int(match[1]) < 9999:
        first = first.replace(year=int(match[1]), month=int(match[2]))
    elif text != "this":
        raise BadInputError(f"no month {text!r}; give for example 2026-11")
    after = (first + timedelta(days=32)).replace(day=1)
    ends = (iso_instant(d.replace(tzinfo=zone).astimezone(UTC)) for d in (first, after))
    return Month(name=f"{first:%Y-%m}", start=next(ends), end=next(ends))


@dataclass(frozen=True, kw_only=True)
class Report:
    """The rules of one month."""

    month: Month
    deployed: tuple[str, ...]
    retired: tuple[str, ...]
    paused: tuple[str, ...]
    waiting: tuple[str, ...]
    """For the committee, now."""
    stale: tuple[str, ...]
    """In force now, and quiet."""
    tallies: tuple[Tally, ...]
    autonomy: dict[str, float]

    def total(self, what: Literal["firings", "done", "failed", "held", "conflicts"]) -> int:
        """Return a number over all rules."""
        return sum(getattr(t, what) for t in self.tallies)


async def monthly(month: Month, session: Session, service: RuleService) -> Report:
    """Return the report of a month.

    Args:
        month: Which.
        session: Whose eyes see it.
        service: The rules.
    """
    journal, shelf = service.parts.journal, await service.book.shelf()
    tallies = await journal.tallies(since=month.start, until=month.end)
    every = {t.contract: t for t in await journal.tallies()}
    kept = sorted(shelf.kept.values(), key=lambda k: (len(k.contract.id), k.contract.ref))
    quiet = iso_instant(service.parts.clock.now() - timedelta(days=STALE_DAYS))

    def those(state: str) -> tuple[str, ...]:
        return tuple(
            k.contract.ref
            for k in kept
            if k.contract.status == state and month.has(k.record.updated_at)
        )

    return Report(
        month=month,
        deployed=tuple(k.contract.ref for k in kept if month.has(k.contract.confirmed_at or "")),
        retired=those("retired"),
        paused=those("paused"),
        waiting=tuple(k.contract.ref for k in kept if k.contract.status == "confirmed"),
        stale=tuple(k.contract.ref for k in kept if is_stale(k, every.get(k.contract.ref), quiet)),
        tallies=tallies,
        autonomy=autonomy(tallies, await teams(kept, session, service)),
    )


def is_stale(kept: Kept, tally: Tally | None, quiet: str) -> bool:
    """Return whether a rule in force has been quiet for long.

    Args:
        kept: The version.
        tally: What it has done; None: nothing.
        quiet: The instant before which its last sign of life lies.
    """
    begun = (tally.last_at if tally else "") or kept.contract.confirmed_at or quiet
    return kept.contract.status == "active" and begun < quiet


async def teams(kept: Iterable[Kept], session: Session, service: RuleService) -> dict[str, str]:
    """Return by `RULE@VERSION` the team of the rule's owner; who is in none is his own team."""
    found: dict[str, str] = {}
    authors: dict[str, str] = {}
    for one in kept:
        author = one.contract.author
        if author not in authors:
            me = speaker(session.language, parse_actor(author)) if ":" in author else None
            seen = await session.record(RecordRef(kind="employee", id=me)) if me else None
            team = seen.record.get("team") if seen else None
            authors[author] = str(team or author.partition(":")[2] or "-")
        found[one.contract.ref] = authors[author]
    return found


def autonomy(tallies: Iterable[Tally], teams_: dict[str, str]) -> dict[str, float]:
    """Return by team the share of its rules' actions that were done without a person (row C9).

    Args:
        tallies: What the rules did.
        teams_: By `RULE@VERSION`, whose rule it is.
    """
    done: dict[str, int] = defaultdict(int)
    every: dict[str, int] = defaultdict(int)
    for tally in tallies:
        team = teams_.get(tally.contract, "-")
        done[team] += tally.done
        every[team] += tally.done + tally.held + tally.failed
    return {team: done[team] / n for team, n in sorted(every.items()) if n}


def autonomy_line(shares: dict[str, float], lang: str) -> str:
    """Return the autonomy density by team, in words."""
    parts = say(lang, "；", "; ").join(f"{team}: {share:.0%}" for team, share in shares.items())
    return say(lang, f"各团队自主密度：{parts}", f"Autonomy density by team: {parts}")


def told(report: Report, lang: str) -> ToolOk:
    """Return a report as text, table and data."""
    n = report.total
    name = report.month.name
    lines = [say(lang, f"规则月报 {name}", f"Rules in {name}")]
    for zh, en, refs in (
        ("新部署", "deployed", report.deployed),
        ("退役", "retired", report.retired),
        ("暂停", "paused", report.paused),
        ("等待委员会", "waiting for the committee", report.waiting),
        (f"{STALE_DAYS} 天未触发", f"quiet for {STALE_DAYS} days", report.stale),
    ):
        more = "…" if len(refs) > _SHOWN else ""
        names = f" ({', '.join(refs[:_SHOWN])}{more})" if refs else ""
        lines.append(say(lang, f"· {zh}：{len(refs)}{names}", f"· {en}: {len(refs)}{names}"))
    lines.append(
        say(
            lang,
            f"· 触发 {n('firings')} 次；完成 {n('done')} 个动作，失败 {n('failed')}，"
            f"需人工 {n('held')}，其中规则互相冲突 {n('conflicts')}",
            f"· {n('firings')} firings; {n('done')} actions done, {n('failed')} failed, "
            f"{n('held')} left to people, {n('conflicts')} of them conflicts between rules",
        )
    )
    if report.autonomy:
        lines.append("· " + autonomy_line(report.autonomy, lang))
    data: dict[str, object] = {
        "month": name,
        "deployed": list(report.deployed),
        "retired": list(report.retired),
        "paused": list(report.paused),
        "waiting": list(report.waiting),
        "stale": list(report.stale),
        "firings": n("firings"),
        "done": n("done"),
        "failed": n("failed"),
        "held": n("held"),
        "conflicts": n("conflicts"),
        "autonomy": report.autonomy,
    }
    return ToolOk(text="\n".join(lines), table=_table(report.tallies, lang), data=data)


def _table(tallies: tuple[Tally, ...], lang: str) -> Table | None:
    columns = (
        say(lang, "规则", "Rule"),
        say(lang, "触发", "Fired"),
        say(lang, "完成", "Done"),
        say(lang, "失败", "Failed"),
        say(lang, "需人工", "By hand"),
        say(lang, "冲突", "Conflicts"),
    )
    rows = tuple(
        (t.contract, *(str(v) for v in (t.firings, t.done, t.failed, t.held, t.conflicts)))
        for t in tallies
    )
    return Table(columns=columns, rows=rows) if rows else None
