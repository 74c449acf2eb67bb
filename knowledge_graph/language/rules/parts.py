"""One branch of a rule: its conditions, its actions, and what belongs to which.

The condition part ends where the action part begins: at the first verb, or at the arguments just before it.
A comma or an "and" begins a new segment; what has no verb of its own goes to the verb before.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from knowledge_graph.expression.nodes import Condition
from knowledge_graph.language.parser.scopes import Item
from knowledge_graph.language.rules.tokens import Token
from knowledge_graph.ontology.intent_contract import Delay, Schedule

_JOINTS = frozenset({"and", "or", "comma", "unless", "break"})
_LEADING = frozenset({"arg", "schedule", "delay", "object"})


class UnfitError(Exception):
    """A row of tokens that makes no rule; another row may."""

    def __init__(self, why: str, at: int = 0, about: tuple[int, int] | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.at = at
        self.about = about
        """Where the words stand that have no place in the rule."""


@dataclass(slots=True)
class Unit:
    """One verb with what belongs to it."""

    verb: Token
    args: list[Token] = field(default_factory=list)
    schedule: Schedule | None = None
    delay: Delay | None = None
    when: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Part:
    """One branch."""

    leading: Schedule | None = None
    event: Token | None = None
    delay: Delay | None = None
    """After the event, for all that is done."""
    before: list[Item] = field(default_factory=list)
    """Conditions before the first verb."""
    behind: list[list[Item]] = field(default_factory=list)
    """Conditions behind it; each list is scoped by itself."""
    units: list[Unit] = field(default_factory=list)


def _start_of_actions(tokens: list[Token]) -> int:
    first = next((n for n, t in enumerate(tokens) if t.kind == "verb"), None)
    if first is None:
        return len(tokens)
    start = first
    while start and (tokens[start - 1].kind in _LEADING or tokens[start - 1].mark == "break"):
        start -= 1
    return start


def read_part(tokens: list[Token]) -> Part:
    """Return a branch as its conditions and actions.

    Args:
        tokens: The tokens of one branch, without those that carry no meaning.

    Returns:
        The branch; without a verb it has no actions.

    Raises:
        UnfitError: The tokens make no branch.
    """
    part = Part()
    cut = _start_of_actions(tokens)
    if any(t.mark == "nothing" for t in tokens) and (cut < len(tokens) or len(tokens) > 3):
        raise UnfitError("nothing beside something", tokens[0].start)
    _read_before(part, tokens[:cut])
    _read_actions(part, tokens[cut:])
    if part.delay is not None:
        if part.event is None or any(unit.delay is not None for unit in part.units):
            raise UnfitError("a delay without its event", tokens[0].start)
        for unit in part.units:
            unit.delay = part.delay
    return part


def _read_before(part: Part, tokens: list[Token]) -> None:
    for token in tokens:
        if token.kind == "schedule":
            if part.leading is not None or part.before or part.event is not None:
                raise UnfitError("a schedule among conditions", token.start)
            part.leading = token.schedule
        elif token.kind == "event":
            if part.event is not None:
                raise UnfitError("two events", token.start)
            part.event = token
            part.before.extend(_item(token, c) for c in token.where)
            part.before.append(Item(token.start, token.end, mark="noun"))
        elif token.kind == "delay" and part.delay is None:
            part.delay = token.delay
        elif token.kind in {"arg", "delay", "verb"}:
            raise UnfitError("an argument without its action", token.start)
        else:
            part.before.extend(_items(token))


def _items(token: Token) -> list[Item]:
    if token.kind == "cond":
        return [_item(token, token.condition)]
    if token.kind == "noun":
        return [Item(token.start, token.end, mark="noun")]
    if token.mark in _JOINTS:
        return [Item(token.start, token.end, mark=token.mark)]  # type: ignore[arg-type]  # just checked
    if token.mark in {"then", "stop", "also"}:
        return [Item(token.start, token.end, mark="comma")]
    return []


def _item(token: Token, condition: Condition | None) -> Item:
    return Item(token.start, token.end, condition=condition)


@dataclass(slots=True)
class _Scan:
    """Where the reading of an action part stands."""

    part: Part
    pending: list[Token] = field(default_factory=list)
    joint: Token | None = None
    fresh: bool = True
    """The present segment has no verb yet."""
    into: list[Item] | None = None
    """The conditions that are being collected."""
    nested: list[Item] | None = None

    def verb(self, token: Token) -> None:
        if not self.fresh:
            words = (token.start, token.end)
            raise UnfitError("two actions without a joint", token.start, words)
        unit = Unit(token)
        if token.slot:
            unit.args.append(token)
        if self.fresh:
            for held in self.pending:
                _attach(unit, held)
            self.pending = []
        if self.nested is not None:
            unit.when = self.nested
        self.part.units.append(unit)
        self.fresh, self.into, self.joint = False, None, None

    def give(self, token: Token) -> None:
        if self.fresh:
            self.pending.append(token)
        else:
            _attach(self.part.units[-1], token)

    def boundary(self) -> None:
        if self.pending and self.part.units:
            for held in self.pending:
                _attach(self.part.units[-1], held)
            self.pending = []
        self.fresh = True


def _attach(unit: Unit, token: Token) -> None:
    if token.kind == "schedule":
        if unit.schedule is not None:
            raise UnfitError("two schedules", token.start)
        unit.schedule = token.schedule
    elif token.kind == "delay":
        if unit.delay is not None:
            raise UnfitError("two delays", token.start)
        unit.delay = token.delay
    elif token.kind == "arg":
        if any(held.slot == token.slot for held in unit.args):
            raise UnfitError("an argument twice", token.start)
        unit.args.append(token)


def _read_actions(part: Part, tokens: list[Token]) -> None:
    scan = _Scan(part)
    for n, token in enumerate(tokens):
        later = tokens[n + 1 :]
        if token.kind == "verb":
            scan.verb(token)
        elif token.kind in {"arg", "schedule", "delay"}:
            scan.give(token)
        elif token.kind == "cond":
            _condition(scan, token)
        elif token.kind == "event":
            _event(scan, token)
        elif token.mark is not None or token.kind == "noun":
            _mark(scan, token, later)
    scan.boundary()
    if scan.pending:
        raise UnfitError("an argument without its action", scan.pending[0].start)


def _event(scan: _Scan, token: Token) -> None:
    part = scan.part
    if part.event is not None or len(part.units) > 1 or part.before:
        raise UnfitError("an event behind the actions", token.start)
    part.event = token
    scan.into = [_item(token, c) for c in token.where]
    part.behind.append(scan.into)


def _condition(scan: _Scan, token: Token) -> None:
    if scan.into is None:
        if scan.fresh:
            raise UnfitError("a second rule", token.start)
        if len(scan.part.units) > 1:
            raise UnfitError("a second set of records", token.start)
        if scan.part.behind:
            raise UnfitError("conditions in two places", token.start)
        scan.into = []
        scan.part.behind.append(scan.into)
    if scan.joint is not None:
        scan.into.extend(_items(scan.joint))
        scan.joint = None
    scan.into.append(_item(token, token.condition))


def _mark(scan: _Scan, token: Token, later: list[Token]) -> None:
    follows_verb = any(t.kind == "verb" for t in later)
    if token.mark == "if":
        _if(scan, token, follows_verb=follows_verb, later=later)
    elif token.mark == "unless":
        if follows_verb:
            raise UnfitError("an exception between actions", token.start)
        scan.into, scan.joint = _items(token), None
        scan.part.behind.append(scan.into)
    elif token.kind == "noun" or token.mark == "break":
        if scan.into is not None:
            scan.into.extend(_items(token))
    elif token.mark in {"and", "or", "comma", "stop", "also", "then"}:
        _join(scan, token, later)


def _join(scan: _Scan, token: Token, later: list[Token]) -> None:
    if token.mark in {"also", "then"} and scan.pending:
        return  # 2小时后再通知: the time stays with the verb that follows
    scan.boundary()
    if scan.joint is None or token.mark in {"and", "or"}:
        scan.joint = token
    if token.mark == "or" and not any(t.kind == "cond" for t in later[:1]):
        raise UnfitError("a choice of actions", token.start)


def _if(scan: _Scan, token: Token, *, follows_verb: bool, later: list[Token]) -> None:
    if not follows_verb:
        scan.into, scan.joint = [], None
        scan.part.behind.append(scan.into)
        return
    added = scan.joint is not None and scan.joint.mark in {"and", "also"}
    verb = next(n for n, t in enumerate(later) if t.kind == "verb")
    if not added and not any(t.mark == "also" for t in later[:verb]):
        raise UnfitError("a second rule", token.start)
    scan.nested = []
    scan.into, scan.joint = scan.nested, None
