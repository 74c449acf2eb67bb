"""As whom rules act: users of the workspace, with the role that they have today."""

from __future__ import annotations

from dataclasses import dataclass

from channels.ports import Accounts
from knowledge_graph.errors import BadInputError, NotFoundError
from knowledge_graph.ontology.access import Actor, parse_actor


@dataclass(frozen=True)
class AccountOwners:
    """See `RuleOwners`. Accounts are disabled, never deleted.

    Who has no account was named with `--as` by the person at this machine, whose word counts for the role.
    """

    accounts: Accounts

    async def find(self, author: str) -> Actor | None:
        """Return the author of a rule with the role of today; None when he is gone or disabled."""
        try:
            stated = parse_actor(author)
        except BadInputError:
            return None
        try:
            user = await self.accounts.user(stated.id)
        except NotFoundError:
            return stated
        return None if user.disabled else user.actor
