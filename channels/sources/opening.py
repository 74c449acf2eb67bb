"""Opens the outside systems that rules may read."""

from __future__ import annotations

from channels.settings import Settings
from knowledge_graph.ports import Clock
from knowledge_graph.rule_ports import DataSource


def open_sources(settings: Settings, clock: Clock) -> dict[str, DataSource]:
    """Return the outside systems that rules may read, by their id in the business dictionary."""
    if not settings.sources:
        return {}
    from channels.sources.http_json import HttpJsonSource  # noqa: PLC0415 - httpx, when one is set

    return {
        name: HttpJsonSource(
            name,
            url=source.url,
            token=source.token.get_secret_value(),
            clock=clock,
            timeout_s=source.timeout_s,
        )
        for name, source in settings.sources.items()
    }
