"""Keeps the embedded database's life tied to the process that started it. Run by path, standard library only.

    python -I -S local_guard.py LOCK LOG COMMAND...

It runs COMMAND as its child and ends it when standard input closes, which the system does for us when the
starter ends, even by kill -9. COMMAND inherits the locked file LOCK, so the lock is held exactly as long as the
database lives: a successor first ends what a killed predecessor has left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import threading

PREDECESSOR_SECONDS = 10.0
GRACE_SECONDS = 15.0
EXIT_LOCKED = 75
"""Source: sysexits.h EX_TEMPFAIL."""


def take_lock(path: str) -> int | None:
    """Return the descriptor of the locked file, None when a predecessor cannot be ended."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    step = 0.05
    for attempt in range(int(PREDECESSOR_SECONDS / step)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            late = attempt * step > PREDECESSOR_SECONDS / 2
            end_predecessor(descriptor, signal.SIGKILL if late else signal.SIGTERM)
            if select.select([0], [], [], step)[0]:
                return None
        else:
            os.ftruncate(descriptor, 0)
            return descriptor
    return None


def end_predecessor(descriptor: int, number: signal.Signals) -> None:
    """Signal the process whose id stands in the lock file; who holds the lock is alive, so the id is true."""
    text = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
    if text.isdecimal():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(int(text), number)


def main(lock: str, log: str, command: list[str]) -> int:
    """Return the exit status of the command, which runs until it ends or the starter does."""
    descriptor = take_lock(lock)
    if descriptor is None:
        return EXIT_LOCKED
    with open(log, "ab") as output:
        child = subprocess.Popen(  # noqa: S603 - the command is built by local_java.py
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=[descriptor],
            cwd=os.path.dirname(log),
            env={"LANG": "C.UTF-8"},
        )
    os.pwrite(descriptor, f"{child.pid}\n".encode(), 0)
    os.close(descriptor)
    threading.Thread(target=lambda: os._exit(child.wait() & 0xFF), daemon=True).start()
    while os.read(0, 4096):
        pass
    child.terminate()
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
    return child.wait() & 0xFF


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
