"""Starts the real Neo4j of the tests in its own process; jars from Maven Central, kept outside the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from knowledge_graph.stores.local import BoltAddress
from tests.processes import NotStartedError, announced

HERE = Path(__file__).parent
FETCH_SECONDS = 900
OPENED = ("java.nio", "java.io", "sun.nio.ch")


class Neo4jAbsentError(RuntimeError):
    """Neo4j cannot be had on this machine; the message is the reason that a skip prints."""


def version() -> str:
    """The version that the pom pins."""
    found = re.search(
        r"neo4j-harness</artifactId>\s*<version>([^<]+)", (HERE / "pom.xml").read_text()
    )
    assert found is not None
    return found[1]


def jars() -> Path:
    """Return the folder of jars, fetched once per version."""
    folder = Path.home() / ".cache" / "guanxi-neo4j" / version()
    if (folder / "complete").exists():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise Neo4jAbsentError("Neo4j's jars are not there and Maven (mvn) is not installed")
    scratch = folder.with_name(f"{folder.name}.{os.getpid()}")
    command = [maven, "-B", "-q", "-f", str(HERE / "pom.xml")]
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={scratch}"]
    try:
        done = subprocess.run(
            [*command, *goal], capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Neo4jAbsentError(f"Maven did not fetch Neo4j within {FETCH_SECONDS} s") from None
    if done.returncode:
        raise Neo4jAbsentError(f"Maven could not fetch Neo4j: {done.stdout.strip()[-300:]}")
    (scratch / "complete").touch()
    shutil.rmtree(folder, ignore_errors=True)
    scratch.rename(folder)
    return folder


@contextmanager
def running(folder: Path) -> Iterator[BoltAddress]:
    """Run Neo4j with its files in a folder; it ends when the block does, or when the tests are killed."""
    java = shutil.which("java")
    if java is None or shutil.which("javac") is None:
        raise Neo4jAbsentError("Neo4j needs a JDK 17 or newer; java and javac are not installed")
    command = [
        *(java, "-cp", f"{jars()}/*", "-Xmx768m", "-XX:+UseSerialGC"),
        *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in OPENED),
        *(str(HERE / "Launcher.java"), str(folder)),
    ]
    try:
        with announced(command, folder / "launcher.log", word="BOLT", patience=30) as uri:
            yield BoltAddress(uri=uri, user="", password="", database="neo4j")
    except NotStartedError as error:
        raise Neo4jAbsentError(f"Neo4j did not start: {error}") from None
