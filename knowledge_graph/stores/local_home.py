"""The layout of a home folder, the lock on it, and the address file by which processes find its database.

HOME/graph        the embedded database
HOME/guanxi.db    proposals, decisions, conversations, accounts, inbox
HOME/run          locks, addresses, the generated database password
HOME/keys         the keys of what is sealed, unless they are kept elsewhere
HOME/logs         log files
HOME/reports      rejected rows of imports
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from knowledge_graph.errors import StoreUnavailableError

DATABASE = "guanxi"
USER = "root"


@dataclass(frozen=True, kw_only=True)
class BoltAddress:
    """Where a Bolt server answers, and how to sign in."""

    uri: str
    user: str
    password: str
    """Never logged, never in a message; `repr` leaves it out."""
    database: str

    def __repr__(self) -> str:
        return f"BoltAddress(uri={self.uri!r}, database={self.database!r})"

    @property
    def auth(self) -> tuple[str, str] | None:
        """User and password as the driver takes them; None when the server asks for none."""
        return (self.user, self.password) if self.user else None

    @property
    def port(self) -> int:
        """The TCP port of the address."""
        return int(self.uri.rpartition(":")[2].strip("/"))


@dataclass(frozen=True)
class HomeFolder:
    """Paths below one home; making one touches nothing."""

    root: Path

    @classmethod
    def at(cls, path: Path) -> HomeFolder:
        """Return the home at a path as a person gives it: relative, or with a tilde."""
        return cls(path.expanduser().resolve())

    @property
    def graph(self) -> Path:
        """The embedded database's own folder."""
        return self.root / "graph"

    @property
    def database(self) -> Path:
        """The SQLite file of the operational state."""
        return self.root / "guanxi.db"

    @property
    def run(self) -> Path:
        """What only matters while processes run, and the database password."""
        return self.root / "run"

    @property
    def consents(self) -> Path:
        """The SQLite file of legal bases, grants and requests."""
        return self.root / "consents.db"

    @property
    def ledger(self) -> Path:
        """The SQLite file of the ledger of data uses."""
        return self.root / "ledger.db"

    @property
    def trust(self) -> Path:
        """Public keys that may sign grants: the consent authority's."""
        return self.root / "trust" / "consent-authority.json"

    @property
    def keys(self) -> Path:
        """Keys: nothing of it belongs into a backup."""
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        """Log files."""
        return self.root / "logs"

    @property
    def reports(self) -> Path:
        """Reports of imports."""
        return self.root / "reports"

    @property
    def graph_lock(self) -> Path:
        """Held by the process that started the database."""
        return self.run / "graph.lock"

    @property
    def server_lock(self) -> Path:
        """Held by the database process itself as long as it lives; contains its process id."""
        return self.run / "server.lock"

    @property
    def service_lock(self) -> Path:
        """Held by `guanxi serve`, so that a second service refuses."""
        return self.run / "serve.lock"

    @property
    def upkeep_lock(self) -> Path:
        """Held by the one process of this home that makes vectors in the background."""
        return self.run / "upkeep.lock"

    @property
    def erasing_lock(self) -> Path:
        """Held by the one process of this home that erases somebody."""
        return self.run / "erasing.lock"

    def prepare(self) -> None:
        """Make the folders, private to the user.

        Raises:
            StoreUnavailableError: The home cannot be written to; nothing was changed.
        """
        try:
            for folder in (self.root, self.graph, self.run, self.logs):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailableError(
                f"the home folder {str(self.root)!r} cannot be used ({error.strerror}); "
                "nothing was changed. Choose another one with --home."
            ) from error

    def password_file(self) -> Path:
        """Return the file with the database password, made once for a home, readable by the user only.

        A home that lost its run folder gets a new password: the server's list of users is dropped with it,
        and the server makes a new one at its next start.
        """
        path = self.run / "graph.key"
        if not path.exists() or not path.read_text(encoding="ascii").strip():
            (self.graph / "config" / "server-users.jsonl").unlink(missing_ok=True)
            _write_private(path, secrets.token_urlsafe(32))
        return path

    def address_at(self, port: int) -> BoltAddress:
        """Return the address of this home's database on a port of this machine."""
        return BoltAddress(
            uri=f"bolt://127.0.0.1:{port}",
            user=USER,
            password=self.password_file().read_text(encoding="ascii").strip(),
            database=DATABASE,
        )

    def publish(self, address: BoltAddress) -> None:
        """Let other processes find the running database."""
        _write_private(self.run / "graph.address", json.dumps(asdict(address)))

    def withdraw(self) -> None:
        """Take the address back; nobody may join any more."""
        (self.run / "graph.address").unlink(missing_ok=True)

    def published(self) -> BoltAddress | None:
        """Return the address that a running process published, None when there is none to read."""
        try:
            data = json.loads((self.run / "graph.address").read_text(encoding="utf-8"))
            return BoltAddress(**data)
        except (OSError, ValueError, TypeError):
            return None


@dataclass
class FileLock:
    """An exclusive lock on a file that the system frees when its process ends, however it ends."""

    path: Path
    _descriptor: int | None = None

    def acquire(self) -> bool:
        """Return whether the lock is ours now; it is taken if it is free."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Free the lock; the file stays, so that nobody locks a file that is gone."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> str:
        """Return the process id that the holder wrote, "?" when it cannot be read."""
        try:
            return self.path.read_text(encoding="ascii").strip() or "?"
        except OSError:
            return "?"


def _write_private(path: Path, text: str) -> None:
    """Write a file that only the user can read, whole or not at all."""
    scratch = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
