"""Opens the anchors of a home: the places outside its database where checkpoints are published."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from channels.settings import Settings
from knowledge_graph.errors import BadInputError
from knowledge_graph.sovereignty.ledger.anchor import Anchor, FileAnchor
from knowledge_graph.stores.local_home import HomeFolder


def open_anchors(settings: Settings, home: HomeFolder) -> tuple[Anchor, ...]:
    """Return the anchors that the settings name; the file in the home is always one.

    Args:
        settings: Which.
        home: The home folder.

    Raises:
        BadInputError: A time-stamp authority is set without its certificates, or without the extra.
    """
    found: list[Anchor] = [FileAnchor(Path(settings.anchor_file or home.root / "ledger.anchor"))]
    if settings.anchor_tsa_url:
        found.append(_timestamps(settings))
    return tuple(found)


def _timestamps(settings: Settings) -> Anchor:
    from knowledge_graph.sovereignty.ledger.timestamps import TimestampAnchor  # noqa: PLC0415 - an extra

    if find_spec("rfc3161_client") is None:
        raise BadInputError("time stamps need the extra `anchors`: pip install guanxi[anchors]")
    try:
        roots = Path(settings.anchor_tsa_roots).read_bytes()
    except OSError as error:
        raise BadInputError(
            "GUANXI_ANCHOR_TSA_ROOTS names no readable file with the root certificates of the "
            f"time-stamp authority: {error.strerror}. Nothing was started."
        ) from error
    return TimestampAnchor(settings.anchor_tsa_url, roots=roots)
