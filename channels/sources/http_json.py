"""A data source that answers JSON over HTTP: bounded in time and size, checked, remembered for a while.

    GET URL/TEMPLATE/CUSTOMER      Authorization: Bearer TOKEN
    {"observed_at": "2026-11-27T01:55:00Z", "values": {"OEE": 0.81}, "series": {"OEE": [0.79, 0.81]}}

The customer goes by the key under which the source knows it (a source key `SOURCE|kind|id`), else by our id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import isfinite
from urllib.parse import quote, urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge_graph.errors import InvalidValueError, UnavailableError
from knowledge_graph.expression.periods import parse_instant
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ports import Clock
from knowledge_graph.rule_ports import Reading

LARGEST = 1_000_000
"""Bytes of an answer."""
KEPT_FOR = timedelta(minutes=5)
OLDEST = timedelta(days=7)
"""An answer observed longer ago is no answer about now."""
_AHEAD = timedelta(minutes=10)
_MOST_KEPT = 1000


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    observed_at: str = Field(max_length=40)
    values: dict[str, float | int | str] = Field(default_factory=dict, max_length=50)
    series: dict[str, list[float]] = Field(default_factory=dict, max_length=20)


class HttpJsonSource:
    """See `DataSource`.

    Args:
        name: Its id in the business dictionary.
        url: Where it is asked; comes from the settings only, never from a rule.
        token: Of the bearer; empty: none is sent.
        clock: Decides what is too old.
        timeout_s: For the whole answer, in seconds.
        transport: For tests.
    """

    def __init__(
        self,
        name: str,
        *,
        url: str,
        token: str,
        clock: Clock,
        timeout_s: float = 3.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._name = name
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._clock = clock
        self._timeout_s = timeout_s
        self._transport = transport
        self._kept: dict[tuple[str, str], tuple[datetime, Reading]] = {}

    @property
    def id(self) -> str:
        """Its id in the business dictionary."""
        return self._name

    async def read(self, template: str, subject: RecordRef, *, keys: Sequence[str]) -> Reading:
        """Return what the source knows about a customer.

        Raises:
            UnavailableError: No answer in time, a refusal, or an answer that makes no sense.
        """
        customer = next((k for k in keys if k.startswith(f"{self._name}|")), "").rpartition("|")[2]
        customer = customer or subject.id
        now = self._clock.now()
        held = self._kept.get((template, customer))
        if held is not None and timedelta(0) <= now - held[0] < KEPT_FOR:
            return replace(held[1], cached=True)
        reading = self._checked(await self._ask(template, customer), now)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[template, customer] = (now, reading)
        return reading

    async def _ask(self, template: str, customer: str) -> bytes:
        address = f"{self._url}/{quote(template, safe='')}/{quote(customer, safe='')}"
        limits = httpx.Timeout(self._timeout_s)
        try:
            async with httpx.AsyncClient(
                headers=self._headers, timeout=limits, transport=self._transport
            ) as client:
                return await self._read(client, address)
        except httpx.HTTPError as error:
            raise UnavailableError(
                f"the data source {self._name!r} does not answer ({type(error).__name__})"
            ) from error

    async def _read(self, client: httpx.AsyncClient, address: str) -> bytes:

        try:
            async with asyncio.timeout(self._timeout_s), client.stream("GET", address) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise UnavailableError(
                        f"the data source {self._name!r} answers {answer.status_code}"
                    )
                body = bytearray()
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > LARGEST:
                        raise UnavailableError(f"the data source {self._name!r} answers too much")
                return bytes(body)
        except TimeoutError as error:
            raise UnavailableError(
                f"the data source {self._name!r} does not answer in time"
            ) from error

    def _checked(self, body: bytes, now: datetime) -> Reading:
        try:
            answer = _Answer.model_validate_json(body)
            observed = parse_instant(answer.observed_at)
        except (ValidationError, InvalidValueError) as error:
            raise UnavailableError(f"the data source {self._name!r} answers nonsense") from error
        numbers = [v for v in answer.values.values() if isinstance(v, float)]
        numbers += [n for row in answer.series.values() for n in row]
        if not all(isfinite(n) for n in numbers):
            raise UnavailableError(f"the data source {self._name!r} answers what is no number")
        if not now - OLDEST <= observed <= now + _AHEAD:
            raise UnavailableError(
                f"the data source {self._name!r} answers about {answer.observed_at[:40]}, not about now"
            )
        return Reading(
            values=dict(answer.values),
            series={name: tuple(row) for name, row in answer.series.items()},
            at=answer.observed_at,
            place=f"{self._name} · {urlsplit(self._url).hostname}",
        )
