"""Where the log goes: a file of the home, never the terminal."""

from __future__ import annotations

import logging
import tempfile
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowledge_graph.stores.local_home import HomeFolder

LOG_BYTES = 2_000_000
FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s %(message)s"


def log_to_file(home: HomeFolder) -> logging.Handler:
    """Return the handler that sends warnings and worse to HOME/logs/guanxi.log, already in place."""
    handler = RotatingFileHandler(
        home.logs / "guanxi.log", maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
    )
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter(FORMAT))
    logging.getLogger().addHandler(handler)
    return handler


def keep_crash(home: Path | None) -> Path:
    """Return the file that the exception being handled was written to.

    Args:
        home: The home folder of the command line, if it names one that exists.
    """
    logs = None if home is None else home.expanduser() / "logs"
    folder = logs if logs is not None and logs.is_dir() else Path(tempfile.gettempdir())
    path = folder / "guanxi-crash.log"
    path.write_text(traceback.format_exc(), encoding="utf-8")
    return path
