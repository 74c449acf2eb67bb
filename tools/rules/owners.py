"""As whom rules act: each one as its owner, the person who has confirmed it, with the rights of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from knowledge_graph.ontology.access import Actor
from knowledge_graph.policy import WRITERS
from knowledge_graph.ports import RuleOwners
from knowledge_graph.rules.contract import RuleContract

Unable = Literal["gone", "role"]
"""Why nobody stands behind a rule: its owner may not sign in any more, or may not change records any more."""


@dataclass
class Owners:
    """The owners of all rules, looked up once a round and not once an event.

    Args:
        port: Knows who may sign in, and as what.
    """

    port: RuleOwners
    version: int = 0
    """Grows when an owner goes, comes back or gets another role."""
    _known: dict[str, Actor | None] = field(default_factory=dict)

    async def refresh(self) -> None:
        """Look everybody up again."""
        now = {author: await self.port.find(author) for author in self._known}
        self.version += now != self._known
        self._known = now

    async def learn(self, rules: Iterable[RuleContract]) -> None:
        """Look up the owners that are not known yet."""
        for author in {rule.author for rule in rules} - self._known.keys():
            self._known[author] = await self.port.find(author)

    def of(self, rule: RuleContract) -> Actor | None:
        """Return as whom a rule acts; None: nobody stands behind it, it must not act."""
        actor = self._known.get(rule.author)
        return actor if actor is not None and actor.role in WRITERS else None

    def unable(self, rule: RuleContract) -> Unable | None:
        """Return why nobody stands behind a rule; None when somebody does."""
        if self.of(rule) is not None:
            return None
        return "gone" if self._known.get(rule.author) is None else "role"

    def orphans(self, rules: Iterable[RuleContract]) -> Mapping[str, Unable]:
        """Return the rules behind which nobody stands, by their `RULE@VERSION`, and why."""
        found = ((rule.ref, self.unable(rule)) for rule in rules)
        return {ref: why for ref, why in found if why is not None}
