"""The step that reads weekdays, alone or listed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge_graph.language.recognisers.stream import WEEKDAY, Hit, Node, Stream

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ZH_DAYS = {day: i for i, day in enumerate("一二三四五六日")} | {"天": 6}
_ZH = re.compile(
    r"(?:周|星期|礼拜)(?P<first>[一二三四五六日天])(?P<more>(?:(?:[、,，/]|和|及|与|到|至|-)(?:(?:周"
    r"|星期|礼拜)[一二三四五六日天]"
    r"|[一二三四五六日天](?![个天周年月次家人十百千万])))*)"
)
_FULL = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_SHORT = r"(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)"
_LED = r"(?<![a-z])(?:(?<=every )|(?<=each )|(?<=next )|(?<=this )|(?<=last )|(?<=on )|(?<=by ))"
_EN = re.compile(
    rf"(?:(?<![a-z])(?P<first>{_FULL})|{_LED}(?P<short>{_SHORT}))(?![a-z])"
    rf"(?P<more>(?:(?:,? and | & |, ?|/| to | through | ?- ?)(?:{_FULL}|{_SHORT})(?![a-z]))*)"
)
_EN_STEMS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, kw_only=True)
class Weekdays:
    """One or more weekdays, 0 = Monday, in week order."""

    days: tuple[int, ...]
    plural: bool = False
    """Mondays: a recurrence even without "every"."""

    def codes(self) -> tuple[str, ...]:
        """Return them as "MO".."SU"."""
        return tuple(CODES[day] for day in self.days)


def read_weekdays(stream: Stream) -> None:
    """Turn weekdays and lists of them into symbols."""
    stream.reduce(_ZH, WEEKDAY, _chinese)
    stream.reduce(_EN, WEEKDAY, _english)


def _chinese(hit: Hit) -> Node | None:
    more = re.findall(
        r"([到至-]?)[、,，/和及与]?(?:周|星期|礼拜)?([一二三四五六日天])", hit.text("more")
    )
    days = [_ZH_DAYS[hit.text("first")]]
    return _listed(days, [(bool(to), _ZH_DAYS[day]) for to, day in more], plural=False)


def _english(hit: Hit) -> Node | None:
    first = hit.text("first") or hit.text("short")
    more = re.findall(
        rf"( to | through | ?- ?)?(?:,? and | & |, ?|/)?({_FULL}|{_SHORT})", hit.text("more")
    )
    rest = [(bool(to.strip()), _EN_STEMS.index(day[:3])) for to, day in more]
    return _listed([_EN_STEMS.index(first[:3])], rest, plural=first.endswith("days"))


def _listed(days: list[int], rest: list[tuple[bool, int]], *, plural: bool) -> Node | None:
    for through, day in rest:
        if through:
            if day < days[-1]:
                return None
            days += range(days[-1] + 1, day + 1)
        else:
            days.append(day)
    return Node(extra=Weekdays(days=tuple(sorted(set(days))), plural=plural))
