"""The command that runs the embedded database: ArcadeDB's server on the java that its wheel brings.

Source: notes on the engine comparison (docs/adr), tried with arcadedb-embedded 26.10.2.post1.
"""

from __future__ import annotations

import platform
import socket
from importlib.util import find_spec
from pathlib import Path

from knowledge_graph.errors import PlatformUnsupportedError
from knowledge_graph.stores.local_home import DATABASE, HomeFolder

LOGGING = """\
handlers = java.util.logging.FileHandler
.level = WARNING
com.arcadedb.level = INFO
java.util.logging.FileHandler.level = INFO
java.util.logging.FileHandler.formatter = com.arcadedb.log.LogFormatter
java.util.logging.FileHandler.pattern = {folder}/arcadedb.%g.log
java.util.logging.FileHandler.limit = 10000000
java.util.logging.FileHandler.count = 2
"""
"""Java's own logging: two files of 10 MB at most, nothing on standard error."""
MAIN_CLASS = "com.arcadedb.server.ArcadeDBServer"
HEAP_MB = 400
_OPENED = ("java.util.concurrent.atomic", "java.nio.channels.spi", "java.lang")


def wheel_folder() -> Path:
    """Return the folder of the installed embedded database.

    Raises:
        PlatformUnsupportedError: The wheel is not installed, because there is none for this platform.
    """
    spec = find_spec("arcadedb_embedded")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place)
        if (folder / "jre" / "bin" / "java").exists():
            return folder
    raise PlatformUnsupportedError(
        f"the embedded database has no build for {platform.system()} {platform.machine()} "
        f"(Python {platform.python_version()}); nothing was changed. Run a Neo4j server 5.23 or newer "
        "and name it: GUANXI_NEO4J_URI=bolt://host:7687, GUANXI_NEO4J_USER, GUANXI_NEO4J_PASSWORD."
    )


def server_command(home: HomeFolder, *, bolt_port: int) -> list[str]:
    """Return the command line of the server; no secret stands in it.

    Args:
        home: Where data, settings and logs go.
        bolt_port: The port of the loopback address to answer on.

    Returns:
        Program and arguments.

    Raises:
        PlatformUnsupportedError: There is no wheel for this platform.
    """
    wheel = wheel_folder()
    settings = {
        "arcadedb.server.mode": "production",  # flushes the log at commit: acknowledged is durable
        "arcadedb.server.rootPath": home.graph,
        "arcadedb.server.databaseDirectory": home.graph / "databases",
        "arcadedb.server.logsDirectory": home.logs,  # its event log
        "arcadedb.server.rootPasswordPath": home.password_file(),
        "arcadedb.server.httpIncomingHost": "127.0.0.1",
        "arcadedb.server.httpIncomingPort": free_port(),
        "arcadedb.server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        "arcadedb.bolt.host": "127.0.0.1",
        "arcadedb.bolt.port": bolt_port,
        "arcadedb.server.defaultDatabases": f"{DATABASE}[]",
        "java.util.logging.config.file": _logging_file(home),
        "file.encoding": "UTF8",
        "java.awt.headless": "true",
    }
    return [
        str(wheel / "jre" / "bin" / "java"),
        "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED",
        *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPENED),
        f"-Xmx{HEAP_MB}m",
        "-XX:+UseSerialGC",
        # The quick compiler alone: the thorough one took more of a start and an import than it gave back
        # (sample workspace: 20 s of processor time with it, 8 s without; 160 turns after it: 8.6 s and 2.2 s).
        "-XX:TieredStopAtLevel=1",
        *(f"-D{key}={value}" for key, value in settings.items()),
        "-cp",
        str(wheel / "jars" / "*"),
        MAIN_CLASS,
    ]


def _logging_file(home: HomeFolder) -> Path:
    path = home.run / "graph-logging.properties"
    folder = home.logs.as_posix().replace("%", "%%")
    path.write_text(LOGGING.format(folder=folder), encoding="utf-8")
    return path


def free_port() -> int:
    """Return a port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
