"""`guanxi doctor`: what stands in the way of running here, one line a check."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from channels.commands.invocation import Command, Invocation
from knowledge_graph.errors import CrmError

if TYPE_CHECKING:
    from channels.settings import Settings

PACKAGES = ("agents", "tools", "knowledge_graph", "channels", "prompts", "evals")
DISK_BYTES = 500_000_000
"""An embedded database with the sample workspace takes about a tenth of it."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The result of one check."""

    check: str
    ok: bool
    detail: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("--json", action="store_true", help="one JSON object a check")


async def run(call: Invocation) -> int:
    """Check everything, show it, and return 0 when all is well, else 1."""
    findings = [check_names(Path(__file__).parents[2])]
    try:
        settings = call.settings()
    except CrmError as error:
        findings.append(Finding(check="settings", ok=False, detail=str(error)))
    else:
        checks: tuple[Callable[[Settings], Finding], ...] = (
            check_database,
            check_home,
            check_disk,
            check_lock,
            check_model,
        )
        findings += [check(settings) for check in checks]
    for finding in findings:
        if call.options.json:
            print(json.dumps(asdict(finding), ensure_ascii=False))
        else:
            print(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check}: {finding.detail}")
    return 0 if all(finding.ok for finding in findings) else 1


def check_names(root: Path) -> Finding:
    """Check that our six top-level names are ours: another distribution may hold one of them."""
    foreign = []
    for name in PACKAGES:
        spec = find_spec(name)
        place = None if spec is None or spec.origin is None else Path(spec.origin)
        if place is None or place.parents[1] != root:
            foreign.append(f"{name} is {place or 'missing'}")
    detail = "; ".join(foreign) or "the six packages are ours"
    return Finding(check="names", ok=not foreign, detail=detail)


def check_database(settings: Settings) -> Finding:
    """Check that there is a database to start, or one to connect to."""
    from knowledge_graph.stores.local_java import wheel_folder

    if settings.neo4j_uri:
        return Finding(check="database", ok=True, detail=f"Neo4j at {settings.neo4j_uri}")
    try:
        java = wheel_folder() / "jre" / "bin" / "java"
    except CrmError as error:
        return Finding(check="database", ok=False, detail=str(error))
    runs = shutil.which(str(java)) is not None
    detail = "embedded, with its own java" if runs else f"{str(java)!r} cannot be executed"
    return Finding(check="database", ok=runs, detail=detail)


def check_home(settings: Settings) -> Finding:
    """Check that the home can be written to."""
    from knowledge_graph.stores.local_home import HomeFolder

    home = HomeFolder.at(settings.home)
    try:
        home.prepare()
    except CrmError as error:
        return Finding(check="home", ok=False, detail=str(error))
    return Finding(check="home", ok=True, detail=str(home.root))


def check_disk(settings: Settings) -> Finding:
    """Check that there is space left where the home is."""
    folder = settings.home.expanduser().resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Finding(check="disk", ok=free >= DISK_BYTES, detail=f"{free // 1_000_000:,} MB free")


def check_lock(settings: Settings) -> Finding:
    """Tell which process uses the home; one that does is no fault."""
    from knowledge_graph.stores.local_home import FileLock, HomeFolder

    home = HomeFolder.at(settings.home)
    if not home.run.exists():
        return Finding(check="lock", ok=True, detail="the home is not in use")
    lock = FileLock(home.graph_lock)
    if lock.acquire():
        lock.release()
        return Finding(check="lock", ok=True, detail="the home is not in use")
    published = home.published() is not None
    detail = f"process {lock.holder()} runs the database" + ("" if published else ", not ready yet")
    return Finding(check="lock", ok=True, detail=detail)


def check_model(settings: Settings) -> Finding:
    """Check that the model of the settings has its adapter installed."""
    if not settings.model:
        return Finding(check="model", ok=True, detail="offline (no key, no network)")
    package = f"langchain_{settings.model.partition(':')[0].replace('-', '_')}"
    if find_spec(package) is None:
        detail = f"{settings.model} needs the package {package.replace('_', '-')}"
        return Finding(check="model", ok=False, detail=detail)
    return Finding(check="model", ok=True, detail=settings.model)


COMMAND = Command(
    name="doctor", help="check what is needed to run here 自检", arguments=arguments, run=run
)
