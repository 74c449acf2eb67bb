"""A contract in controlled words, in the author's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from knowledge_graph.expression.nodes import Condition, Not
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.dictionary import Names
from knowledge_graph.language.results import Lang
from knowledge_graph.language.rules.results import RuleAction, RuleIntent
from knowledge_graph.language.vocabulary import Vocabulary
from knowledge_graph.ontology.intent_contract import ArgValue, Branch, Delay, Schedule

_DAYS_ZH = dict(zip(("MO", "TU", "WE", "TH", "FR", "SA", "SU"), "一二三四五六日", strict=True))
_DAYS_EN = {
    "MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday", "SA": "Saturday",
    "SU": "Sunday",
}  # fmt: skip
_UNITS_ZH = {
    "minute": "分钟",
    "hour": "小时",
    "day": "天",
    "week": "周",
    "month": "个月",
    "quarter": "个季度",
    "year": "年",
}
_PLACES_ZH = {
    "1": "第一个",
    "2": "第二个",
    "3": "第三个",
    "4": "第四个",
    "5": "第五个",
    "-1": "最后一个",
}
_PLACES_EN = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last"}
_PERIODS_ZH = {
    "hourly": "小时",
    "daily": "天",
    "weekly": "周",
    "monthly": "月",
    "quarterly": "季度",
    "yearly": "年",
}
_PERIODS_EN = {
    "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter",
    "yearly": "year",
}  # fmt: skip


def read_back(contract: RuleIntent, vocabulary: Vocabulary, lang: Lang) -> str:
    """Return a contract in controlled words.

    Args:
        contract: Any contract.
        vocabulary: The names of what it speaks of.
        lang: The language of the author.

    Returns:
        One sentence; compiling it gives the same contract for all that the controlled words can say.
    """
    return Speaker(vocabulary, lang).contract(contract)


@dataclass(frozen=True)
class Speaker:
    """Says the parts of a contract in controlled words."""

    vocabulary: Vocabulary
    lang: Lang

    def _pick(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def contract(self, contract: RuleIntent) -> str:
        """Return a whole contract."""
        head = self._head(contract)
        text = head + self._actions(contract.actions)
        plain = tuple(item for item in contract.otherwise if not isinstance(item, Branch))
        for item in contract.otherwise:
            if isinstance(item, Branch):
                when = self.condition(item.when)
                lead = self._pick(f"；否则如果{when}，则", f"; else if {when}, then ")
                text += lead + self._actions(item.actions)
        if plain:
            text += self._pick("；否则", "; otherwise ") + self._actions(plain)
        if contract.data_sources:
            names = self.vocabulary.dictionary.data_sources
            listed = "、".join(self._label(names[s].names, s) for s in contract.data_sources)
            text += self._pick(f"（数据源：{listed}）", f" (data source: {listed})")
        return text + self._pick("。", ".")

    def _head(self, contract: RuleIntent) -> str:
        trigger = contract.trigger
        when = None if contract.condition is None else self.condition(contract.condition)
        lead = ""
        if trigger.schedule is not None:
            lead = self.schedule(trigger.schedule) + self._pick("，", ", ")
        if trigger.event is not None:
            name = self.event(trigger.event)
            lead = self._pick(f"当{name}时，", f"when {name}, ")
        if when is None:
            return lead
        return lead + self._pick(f"如果{when}，则", f"if {when}, then ")

    def condition(self, condition: Condition) -> str:
        """Return a condition."""
        return Language(self.vocabulary).readback(condition, self.lang)

    def clause(self, condition: Condition, *, negated: bool) -> str:
        """Return a clause, or that it is meant not to hold."""
        return self.condition(Not(arg=condition) if negated else condition)

    def event(self, event: str) -> str:
        """Return the name of an event."""
        return self._label(self.vocabulary.dictionary.events[event].names, event)

    def _actions(self, actions: tuple[RuleAction, ...]) -> str:
        return self._pick("，并", ", and ").join(self.action(action) for action in actions)

    def action(self, action: RuleAction) -> str:
        """Return an action with its time and its own condition."""
        when = ""
        if action.when is not None:
            said = self.condition(action.when)
            when = self._pick(f"且如果{said}，同时", f"also if {said}, ")
        timed = self.schedule(action.schedule) if action.schedule else ""
        timed += self._delay(action.delay) if action.delay else ""
        phrase = _PHRASES.get(action.action, _plain)(self, action)
        if action.note is not None:
            phrase += self._pick(f"，内容为“{action.note}”", f" saying “{action.note}”")
        if self.lang == "zh":
            return f"{when}{timed}{phrase}"
        return f"{when}{phrase} {timed}".strip()

    def _delay(self, delay: Delay) -> str:
        unit = delay.unit if delay.n == 1 else f"{delay.unit}s"
        return self._pick(f"{delay.n}{_UNITS_ZH[delay.unit]}后", f"{delay.n} {unit} later")

    def schedule(self, schedule: Schedule) -> str:
        """Return a recurrence."""
        at = f" {schedule.time}" if schedule.time else ""
        if self.lang == "zh":
            return _schedule_zh(schedule) + at.strip()
        return _schedule_en(schedule) + (f" at {_clock(schedule.time)}" if schedule.time else "")

    def _label(self, names: Names, key: str) -> str:
        found = names.zh if self.lang == "zh" else names.en
        return (found or names.all or (key,))[0]

    def arg(self, slot: str, value: ArgValue) -> str:
        """Return the value of an argument."""
        dictionary = self.vocabulary.dictionary
        sections = {
            "role": dictionary.roles,
            "pool": dictionary.pools,
            "template": dictionary.templates,
        }
        if slot in sections and value in sections[slot]:
            return self._label(sections[slot][str(value)].names, str(value))
        if slot in {"tag", "title"}:
            return f"“{value}”"
        if slot in {"tier", "priority"}:
            field = "customer.tier" if slot == "tier" else "ticket.priority"
            return self.vocabulary.value_label(field, str(value), self.lang)
        if slot == "base" and (info := self.vocabulary.field_of(str(value))) is not None:
            return self._pick(
                f"基于{self._label(info.names, info.id)}",
                f"of the {self._label(info.names, info.id)}",
            )
        return f"{float(value) * 100:g}%" if slot == "rate" else str(value)


def _schedule_zh(s: Schedule) -> str:
    days = "、".join(f"周{_DAYS_ZH[d]}" for d in s.byday if d in _DAYS_ZH)
    placed = [d for d in s.byday if d not in _DAYS_ZH]
    if placed:
        return f"每月{_PLACES_ZH[placed[0][:-2]]}周{_DAYS_ZH[placed[0][-2:]]}"
    if s.bymonth:
        return f"每年{s.bymonth[0]}月{s.bymonthday[0]}日"
    if s.bymonthday:
        if s.bymonthday == (-1,):
            return f"每{_PERIODS_ZH[s.freq]}最后一天"
        if s.freq != "monthly":
            return f"每{_PERIODS_ZH[s.freq]}第1天"
        return "每月" + "、".join(f"{d}日" for d in s.bymonthday)
    if s.interval != 1:
        unit = {"weekly": "周", "monthly": "个月", "quarterly": "个季度"}.get(
            s.freq, _PERIODS_ZH[s.freq]
        )
        return f"每{s.interval}{unit}{days}"
    return f"每{days}" if days else f"每{_PERIODS_ZH[s.freq]}"


def _schedule_en(s: Schedule) -> str:
    days = ", ".join(_DAYS_EN[d] for d in s.byday if d in _DAYS_EN)
    days = " and ".join(days.rsplit(", ", 1)) if days else ""
    placed = [d for d in s.byday if d not in _DAYS_EN]
    period = _PERIODS_EN[s.freq]
    if placed:
        return f"on the {_PLACES_EN[placed[0][:-2]]} {_DAYS_EN[placed[0][-2:]]} of every month"
    if s.bymonthday == (-1,):
        return f"on the last day of every {period}"
    if s.bymonthday and not s.bymonth:
        ordinals = [_ordinal(d) for d in s.bymonthday]
        listed = (
            " and ".join([", ".join(ordinals[:-1]), ordinals[-1]]) if ordinals[1:] else ordinals[0]
        )
        return f"on the {listed} of every {period}"
    if s.interval != 1:
        return f"every {s.interval} {period}s" + (f" on {days}" if days else "")
    return f"every {days}" if days else f"every {period}"


def _clock(time: str) -> str:
    """Return 24-hour "16:05" as "4:05 pm"."""
    hour, _, minute = time.partition(":")
    return f"{(int(hour) + 11) % 12 + 1}:{minute} {'am' if int(hour) < 12 else 'pm'}"


def _ordinal(n: int) -> str:
    tail = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{tail}"


def _say(zh: str, en: str) -> Callable[[Speaker, RuleAction], str]:
    def phrase(speaker: Speaker, action: RuleAction) -> str:
        words = {slot: speaker.arg(slot, value) for slot, value in action.args.items()}
        text = (zh if speaker.lang == "zh" else en).format_map(words)
        return text + _extras(speaker, action)

    return phrase


def _extras(speaker: Speaker, action: RuleAction) -> str:
    if action.action != "task.create":
        return ""
    text = ""
    if "due_days" in action.args:
        n = action.args["due_days"]
        text += (
            f"，{n}天内完成"
            if speaker.lang == "zh"
            else f" due within {n} day{'' if n == 1 else 's'}"
        )
    if "title" in action.args:
        title = speaker.arg("title", action.args["title"])
        text += f"，标题为{title}" if speaker.lang == "zh" else f" titled {title}"
    return text


def _plain(speaker: Speaker, action: RuleAction) -> str:
    term = speaker.vocabulary.dictionary.actions[action.action]
    name = (term.names.zh if speaker.lang == "zh" else term.names.en) or term.names.all
    words = [speaker.arg(slot, value) for slot, value in action.args.items()]
    return (" " if speaker.lang == "en" else "").join([name[0], *words])


_PHRASES: dict[str, Callable[[Speaker, RuleAction], str]] = {
    "pool.add": _say("归入{pool}", "add to {pool}"),
    "pool.remove": _say("移出{pool}", "remove from {pool}"),
    "tag.add": _say("打标签{tag}", "tag as {tag}"),
    "tier.set": _say("调整为{tier}", "set to {tier}"),
    "owner.assign": _say("分配给{role}", "assign to {role}"),
    "task.create": _say("给{role}创建任务", "create a task for {role}"),
    "notify": _say("通知{role}", "notify {role}"),
    "brief.push": _say("向{role}推送{template}", "push {template} to {role}"),
    "ticket.set_priority": _say("工单升级为{priority}", "raise the ticket to {priority}"),
    "email.send": _say("给客户发送{template}", "email the customer {template}"),
    "approval.request": _say("向{role}提交审批", "request approval from {role}"),
}
