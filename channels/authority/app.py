"""The consent authority's HTTP: requests from the CRM in, grants that people confirm out."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from knowledge_graph.consent_ports import ConsentRequest
from knowledge_graph.errors import BadInputError, CrmError, NotAllowedError, NotFoundError
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ontology.schema import SUBJECT_KINDS
from knowledge_graph.sovereignty.authority.desk import AuthorityDesk
from knowledge_graph.sovereignty.key_files import KeyPairOfTwo, public_text

_STATUS: tuple[tuple[type[CrmError], int], ...] = (
    (NotFoundError, 404),
    (NotAllowedError, 403),
    (BadInputError, 422),
)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AskBody(_Body):
    """A request for consent."""

    person: str = Field(pattern=r"^[a-z]+:[^\s:]{1,100}$")
    tiers: list[Tier] = Field(min_length=1, max_length=3)
    purpose: str = Field(max_length=60)
    hours: int = Field(ge=1, le=72)
    recipient: str = Field(pattern=r"^[0-9a-f]{64}$")
    notice: str = Field(min_length=1, max_length=2000)


class ConfirmBody(_Body):
    """A person's yes."""

    code: str = Field(min_length=1, max_length=20)
    tiers: list[Tier] = Field(min_length=1, max_length=3)


class EmptyBody(_Body):
    """Nothing."""


def build_authority(desk: AuthorityDesk, keys: KeyPairOfTwo) -> FastAPI:
    """Return the authority's service.

    Args:
        desk: What it does.
        keys: Whose public half it tells.
    """
    app = FastAPI(title="Guanxi consent authority", docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(CrmError)
    async def refused(_: Request, error: CrmError) -> JSONResponse:
        status = next((s for kind, s in _STATUS if isinstance(error, kind)), 503)
        return JSONResponse({"code": error.code, "detail": str(error)}, status_code=status)

    @app.get("/keys")
    async def tell_keys() -> dict[str, list[str]]:
        return {"keys": public_text(keys.public)}

    @app.post("/requests", status_code=201)
    async def ask(body: AskBody) -> dict[str, str]:
        kind, _, record_id = body.person.partition(":")
        if kind not in SUBJECT_KINDS:
            raise BadInputError(f"{kind!r} is no kind of person; nobody was asked")
        request = ConsentRequest(
            id="",
            person=RecordRef(kind=kind, id=record_id),
            tiers=frozenset(body.tiers),
            purpose=body.purpose,
            hours=body.hours,
            asked_by="",
            asked_at="",
        )
        asked = await asyncio.to_thread(
            desk.ask, request, recipient=body.recipient, notice=body.notice
        )
        return {"id": asked.id}

    @app.post("/requests/{request_id}/confirm")
    async def confirm(
        body: ConfirmBody, request_id: str = Path(pattern=r"^[0-9a-f]{16}$")
    ) -> dict[str, str | list[tuple[str, str]]]:
        grant = await asyncio.to_thread(desk.confirm, request_id, body.code, frozenset(body.tiers))
        return {
            "id": grant.id,
            "person": str(grant.person),
            "body": grant.body.decode(),
            "signatures": [(key, value.hex()) for key, value in grant.signatures],
        }

    @app.post("/grants/{grant_id}/withdraw")
    async def withdraw(
        body: EmptyBody, grant_id: str = Path(pattern=r"^[0-9a-f]{32}$")
    ) -> dict[str, str]:
        return {"at": await asyncio.to_thread(desk.withdraw, grant_id)}

    @app.get("/withdrawn")
    async def withdrawn() -> dict[str, dict[str, str]]:
        return {"withdrawn": dict(await asyncio.to_thread(desk.withdrawn))}

    return app
