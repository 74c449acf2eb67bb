"""The consent authority over loopback HTTP. See `ConsentAuthority`."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from knowledge_graph.consent_ports import Asked, ConsentRequest, KeptGrant
from knowledge_graph.errors import (
    BadInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
)
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.ontology.record import RecordRef

TIMEOUT_S = 5.0


class HttpAuthority:
    """Talks to the authority's own process.

    Args:
        url: Its address.
        client: For tests; None: one of its own for each call.
    """

    def __init__(self, url: str, client: httpx.AsyncClient | None = None) -> None:
        self._url = url.rstrip("/")
        self._client = client

    async def ask(self, request: ConsentRequest, *, recipient: str, notice: str) -> Asked:
        """Have a person asked."""
        found = await self._post(
            "/requests",
            request.body(recipient=recipient, notice=notice),
        )
        return Asked(id=_text(found, "id"), where=f"{self._url}/requests/{_text(found, 'id')}")

    async def confirm(self, request_id: str, code: str, tiers: frozenset[Tier]) -> KeptGrant:
        """Return the grant that the person gives with a code."""
        found = await self._post(
            f"/requests/{request_id}/confirm", {"code": code, "tiers": sorted(tiers)}
        )
        kind, _, record_id = _text(found, "person").partition(":")
        signatures = found.get("signatures")
        if not isinstance(signatures, list):
            raise UnavailableError("the consent authority's answer cannot be read")
        return KeptGrant(
            id=_text(found, "id"),
            person=RecordRef(kind=kind, id=record_id),
            body=_text(found, "body").encode(),
            signatures=tuple((str(k), bytes.fromhex(str(v))) for k, v in signatures),
        )

    async def withdraw(self, grant_id: str) -> str:
        """Withdraw a grant; return from when on."""
        return _text(await self._post(f"/grants/{grant_id}/withdraw", {}), "at")

    async def _post(self, path: str, body: Mapping[str, object]) -> Mapping[str, object]:
        try:
            if self._client is not None:
                answer = await self._client.post(path, json=dict(body))
            else:
                async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:
                    answer = await client.post(self._url + path, json=dict(body))
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise UnavailableError(
                "the consent authority does not answer; nothing was changed"
            ) from error
        if answer.is_success and isinstance(found, dict):
            return found
        detail = str(found.get("detail", "")) if isinstance(found, dict) else ""
        kinds = {403: NotAllowedError, 404: NotFoundError, 422: BadInputError}
        raise kinds.get(answer.status_code, UnavailableError)(
            detail or "the consent authority refused; nothing was changed"
        )


def _text(found: Mapping[str, object], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise UnavailableError("the consent authority's answer cannot be read")
    return value
