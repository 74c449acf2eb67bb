"""Acts of one message, and what the conversation was about → tool calls.

People spread one request over several clauses: "We've got a new lead called Jo. Add them and give them to
Raj." `fold` joins what belongs together and says what pronouns stand for; what stays open becomes one question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.model import ToolCall
from agents.offline.acts import (
    Act,
    Change,
    Consent,
    Create,
    Describe,
    Endorse,
    Explain,
    Find,
    Introduce,
    KindWord,
    Log,
    Merge,
    Pronoun,
    Recall,
    Remove,
    Select,
    Selection,
    Show,
    Target,
    Undo,
    Unfinished,
)
from agents.offline.attributes import attributes
from agents.offline.slots import SlotMiss, Slots
from agents.offline.texts import say
from knowledge_graph.language.readback.values import quoted
from knowledge_graph.language.results import Ask, AskCode
from knowledge_graph.language.vocabulary import entity_of
from tools.outcomes import Focus


@dataclass(kw_only=True)
class _Draft:
    """A record under construction; several clauses may add to it."""

    kind: KindWord | None
    name: str
    values: list[str] = field(default_factory=list)
    """Assignments in controlled words."""
    told: list[str] = field(default_factory=list)
    """Attributes in the user's words."""
    links: list[str] = field(default_factory=list)
    """Assignments of records that this message makes: their names are not in the workspace yet."""
    asked_for: bool = False
    """False: only mentioned so far ("we have a new lead called Jo")."""


@dataclass(frozen=True, kw_only=True)
class Folded:
    """The calls that a message asks for, or the question that is left."""

    calls: tuple[ToolCall, ...] = ()
    ask: Ask | None = None
    so_far: str = ""
    """What the answer completes; empty: the message."""


class NeedsMore(Exception):  # noqa: N818 -- control flow inside this module: a question is left
    """Something is missing; `ask` says what.

    Args:
        ask: The question back.
        so_far: What the answer completes; empty: the message.
    """

    def __init__(self, ask: Ask, so_far: str = "") -> None:
        super().__init__(ask.code)
        self.ask, self.so_far = ask, so_far


class Discourse:
    """Folds the acts of one message."""

    def __init__(self, slots: Slots, focus: Focus) -> None:
        self._slots = slots
        self._focus = focus
        self._steps: list[ToolCall | _Draft] = []
        self._draft: _Draft | None = None
        self._group: list[_Draft] = []
        self._selection: Selection | None = None
        self._changed = False
        self._pending_select = False

    def fold(self, acts: Sequence[Act]) -> Folded:
        """Return the calls that the acts amount to, in order."""
        try:
            for act in acts:
                self._take(act)
            return Folded(calls=self._calls())
        except NeedsMore as more:
            return Folded(ask=more.ask, so_far=more.so_far)
        except SlotMiss as miss:
            return Folded(ask=miss.ask or self._ask("missing_argument", "which_records"))

    def _take(self, act: Act) -> None:  # noqa: C901 -- one case an act, each one line
        match act:
            case Introduce():
                self._begin(_Draft(kind=act.kind, name=act.name, told=list(act.values)))
            case Create():
                self._create(act)
            case Describe():
                self._describe(act)
            case Change():
                self._change(act)
            case Unfinished():
                raise NeedsMore(self._ask("missing_argument", act.ask), act.so_far)
            case Remove():
                self._remove(act.who)
            case Select():
                self._selection, self._pending_select = act.who, True
            case Endorse():
                self._endorse()
            case Log():
                self._log(act)
            case _:
                self._steps.append(self._simple(act))

    def _begin(self, draft: _Draft) -> None:
        self._draft, self._group = draft, [draft]
        self._steps.append(draft)

    def _create(self, act: Create) -> None:
        draft = self._draft
        if not act.names and draft is not None and (act.who or not act.values):
            self._complete(draft, act)
            return
        if not act.names and not (act.kind and act.values):
            raise NeedsMore(self._ask("missing_argument", "which_name"))
        links = self._links(act)
        group = []
        for name in act.names or ("",):
            self._begin(_Draft(kind=act.kind, name=name, values=list(act.values), links=links))
            group.append(self._draft)
        self._group = [made for made in group if made is not None]
        for made in self._group:
            made.asked_for = True

    @staticmethod
    def _complete(draft: _Draft, act: Create) -> None:
        draft.kind = act.kind or draft.kind
        draft.asked_for = True
        draft.values.extend(act.values)

    def _links(self, act: Create) -> list[str]:
        """Return what ties a new record to those that the message made before.

        Raises:
            NeedsMore: It made none that could be meant.
        """
        made = [s for s in self._steps if isinstance(s, _Draft) and s.kind is not None]
        links = []
        for said in act.links:
            named = [d for d in made if d.name == said] or made[-1:]
            if not named or named[0].kind is None:
                raise NeedsMore(self._ask("missing_argument", "which_records"))
            links.append(f"{named[0].kind.entity} = {quoted(named[0].name)}")
        return links

    def _describe(self, act: Describe) -> None:
        if self._draft is not None:
            for draft in self._group if act.everyone else [self._draft]:
                draft.kind = act.kind or draft.kind
                draft.told.extend(act.values)
            self._draft.name = act.name or self._draft.name
            return
        if not act.values:
            raise NeedsMore(self._ask("missing_argument", "which_records"))
        everyone = Pronoun(text="", plural=True)
        for values in act.values:
            self._change(Change(who=everyone, changes=values))

    def _change(self, act: Change) -> None:
        if isinstance(act.who, Pronoun) and self._draft is not None:
            self._draft.told.append(act.changes)
            return
        who = self._referent(act.who)
        changes = (self._slots.bare if act.bare else self._slots.assignments)(
            act.changes, who.entity
        )
        call = ToolCall(
            name="update_records",
            args={"kind": who.entity, "where": who.where, "changes": changes},
        )
        self._selection, self._changed, self._pending_select = who, True, False
        if call not in self._steps:
            self._steps.append(call)

    def _remove(self, target: Target) -> None:
        who = self._referent(target)
        self._selection, self._changed, self._pending_select = who, True, False
        call = ToolCall(name="delete_records", args={"kind": who.entity, "where": who.where})
        self._steps.append(call)

    def _endorse(self) -> None:
        if self._draft is not None:
            self._draft.asked_for = True
        elif not self._changed:
            raise NeedsMore(self._ask("missing_argument", "which_change"))

    def _log(self, act: Log) -> None:
        about = act.party if isinstance(act.party, str) else self._party(act.party)
        args = {"about": about, "type": act.type, "when": act.when, "text": act.text}
        self._steps.append(ToolCall(name="log_interaction", args=args))
        self._changed = True

    def _party(self, pronoun: Pronoun) -> str:
        if self._draft is not None:
            return self._draft.name
        return self._referent(pronoun).where

    def _simple(self, act: Act) -> ToolCall:
        match act:
            case Find(who=who, measure=measure, fields=fields):
                found = self._referent(who)
                self._selection = found
                args = {"kind": found.entity, "where": found.where, "measure": measure}
                args["fields"] = fields
                return ToolCall(name="find_records", args=args)
            case Show(one=one, field=name):
                record = self._shown(one)
                self._selection = record
                return ToolCall(name="show_record", args={"record": record.where, "field": name})
            case Merge(one=one, other=other):
                return ToolCall(
                    name="merge_records", args={"records": f"{one}; {other}", "keep": one}
                )
            case Undo(about=about):
                return ToolCall(name="undo_change", args={"change": "", "about": about})
            case Explain():
                return ToolCall(name="explain_decision", args={"decision": ""})
            case Recall(question=question):
                return ToolCall(name="recall_knowledge", args={"question": question, "about": ""})
            case Consent(tool=tool, one=one, args=args):
                person = "" if one is None else self._referent(one).where
                return ToolCall(name=tool, args={"person": person, **dict(args)})
            case _:
                raise NeedsMore(self._ask("leftover", "which_records"))

    def _shown(self, target: Target) -> Selection:
        """Return the one record to show: of a selection in focus that holds one, that one."""
        is_one = isinstance(target, Pronoun) and target.place is None and len(self._focus.refs) == 1
        if is_one and self._selection is None:
            ref = self._focus.refs[0]
            return Selection(entity=entity_of(ref.kind), where=f"@{ref}")
        return self._referent(target)

    def _referent(self, target: Target) -> Selection:
        """Return what a target stands for: itself, a selection of this message, or the focus.

        Raises:
            NeedsMore: Nothing was said that a pronoun could stand for.
        """
        if isinstance(target, Selection):
            return target
        if self._selection is not None and target.place is None:
            return self._selection
        focus = self._focus
        if target.place is not None:
            if -len(focus.refs) <= target.place < len(focus.refs):
                ref = focus.refs[target.place]
                return Selection(entity=entity_of(ref.kind), where=f"@{ref}")
            raise NeedsMore(self._ask("missing_argument", "which_records"))
        if focus.query is not None and (target.plural or len(focus.refs) == 1):
            where = self._slots.language.readback(focus.query, self._slots.lang)
            return Selection(entity=focus.query.entity, where=where)
        if len(focus.refs) == 1 or (focus.refs and target.plural):
            same_kind = [ref for ref in focus.refs if ref.kind == focus.refs[0].kind]
            where = ", ".join(f"@{ref}" for ref in same_kind)
            return Selection(entity=entity_of(focus.refs[0].kind), where=where)
        raise NeedsMore(self._ask("missing_argument", "which_records"))

    def _calls(self) -> tuple[ToolCall, ...]:
        if self._pending_select and not self._changed:
            raise NeedsMore(self._ask("missing_argument", "which_change"))
        calls = (self._creation(s) if isinstance(s, _Draft) else s for s in self._steps)
        return tuple(
            ToolCall(name=c.name, args={k: v for k, v in c.args.items() if v != ""}) for c in calls
        )

    def _creation(self, draft: _Draft) -> ToolCall:
        if draft.kind is None:
            raise NeedsMore(self._ask("missing_argument", "which_kind"))
        entity = draft.kind.entity
        parts = [f"name = {quoted(draft.name)}"] if draft.name else []
        if draft.kind.values:
            parts.append(draft.kind.values)
        parts += draft.values
        parts += [attributes(text, entity, self._slots) for text in draft.told]
        self._once(parts, entity)
        parts += draft.links
        return ToolCall(name="create_record", args={"kind": entity, "values": "; ".join(parts)})

    def _once(self, parts: Sequence[str], entity: str) -> None:
        """Check that no field is given two values.

        Raises:
            SlotMiss: One is.
        """
        if parts:
            self._slots.assignments("; ".join(parts), entity)

    def _ask(self, code: AskCode, key: str) -> Ask:
        return Ask(code=code, text=say(key, self._slots.lang))
