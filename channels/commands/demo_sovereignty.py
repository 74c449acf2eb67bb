"""`guanxi demo sovereignty`: what happens with one person's data, from a grant to a backup that forgot nobody.

Everything is the real part: the consent authority is a process of its own with its own key, the ledger, the
verifier as customers get it, backup, erasure and restore. Only the clock is set, and the person's answer is
typed by the demo.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from channels.commands.demo_authority import DemoBrokenError, authority_process
from channels.commands.demo_sovereignty_texts import PEOPLE, Person, say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.panel import Panel

    from channels.bootstrap import App
    from channels.clock import FixedClock
    from channels.commands.invocation import Invocation
    from channels.settings import Settings
    from knowledge_graph.ontology.access import Access
    from knowledge_graph.ontology.change import ChangeSet
    from knowledge_graph.ontology.record import RecordRef
    from tools.context import Lang

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_WIDTHS = (20, 17, 8, 11, 0)


class Verdict(TypedDict):
    """What the verifier prints with `--json`, as far as the demo shows it."""

    ok: bool
    entries: int
    size: int
    problems: list[str]
    uses: list[dict[str, Mapping[str, object]]]


async def run_sovereignty(call: Invocation, languages: Sequence[Lang], console: Console) -> bool:
    """Return whether every step came to what it has to.

    Args:
        call: The command line.
        languages: Told once in each.
        console: Where it shows.
    """
    from rich.text import Text

    from channels.clock import FixedClock
    from channels.commands.importing import import_sample
    from channels.settings import default_settings

    with tempfile.TemporaryDirectory(prefix="guanxi-demo-") as folder:
        root = Path(folder)
        settings, clock = default_settings(root / "home"), FixedClock(MONDAY)
        async with authority_process(root, clock.now().isoformat()):
            stage = Stage(root=root, settings=settings, clock=clock, console=console, call=call)
            await stage.open()
            try:
                await import_sample(stage.app, call.who(), languages[0])
                for lang in languages:
                    await _Telling(stage, lang).tell()
            except DemoBrokenError as broken:
                console.print(Text(str(broken), style="bold red"))
                return False
            finally:
                await stage.close()
    return True


@dataclass(kw_only=True)
class Stage:
    """Where the demo plays; the app is closed and opened again for a restore."""

    root: Path
    settings: Settings
    clock: FixedClock
    console: Console
    call: Invocation
    _app: App | None = None

    @property
    def app(self) -> App:
        """The app, while it is open."""
        if self._app is None:
            raise DemoBrokenError("the workspace is closed")
        return self._app

    async def open(self) -> None:
        """Open the workspace."""
        from channels.bootstrap import build_app

        self._app = await build_app(self.settings, self.clock)

    async def close(self) -> None:
        """Close the workspace."""
        if self._app is not None:
            app, self._app = self._app, None
            await app.close()


class _Telling:
    """The story of one person, in one language.

    Args:
        stage: Where it plays.
        lang: zh or en.
    """

    def __init__(self, stage: Stage, lang: Lang) -> None:
        self._stage = stage
        self._lang: Lang = lang
        self._person: Person = PEOPLE[lang]
        self._step = 0
        self._folder = stage.root / f"customer-{lang}"

    async def tell(self) -> None:
        """Play all steps.

        Raises:
            DemoBrokenError: One did not come to what it has to show.
        """
        await self._arrives()
        await self._granted()
        await self._used()
        await self._withdrawn()
        bundle = await self._bundle()
        await self._verified(bundle)
        await self._erased_and_restored()

    async def _arrives(self) -> None:
        """The mail tool delivers sentiment data, which is masked without a grant."""
        from channels.commands.importing import access_of

        self._folder.mkdir()
        app = self._stage.app
        access = access_of(app, self._stage.call.who())
        await app.graph.commit(_delivery(await self._ref(), self._person, access), access)
        self._head("arrives")
        shown = await self._say(self._person.show)
        self._check(not self._shows_rate(shown), "masked")

    async def _granted(self) -> None:
        """The person is asked by the authority, by a letter that the CRM does not read, and says yes."""
        self._head("asks")
        await self._say(self._person.ask)
        letter = await asyncio.to_thread(self._letter)
        self._head("letter")
        self._stage.console.print(_box(str(letter["text"]), str(letter["code"]), self._lang))
        self._head("grants")
        await self._say(self._person.code.format(code=letter["code"]))

    async def _used(self) -> None:
        """The value is there for the quote, and for nothing else; the card says why."""
        self._head("uses")
        shown = await self._say(self._person.value, purpose="quote")
        self._check(self._shows_rate(shown), "used")
        self._head("other_use")
        other = await self._say(self._person.value, purpose="customer-care")
        self._check(not self._shows_rate(other), "other_use")
        self._head("card")
        await self._say(self._person.card, purpose="quote")

    async def _withdrawn(self) -> None:
        """A minute after the withdrawal nothing gets it."""
        self._head("withdraws")
        await self._say(self._person.withdraw)
        self._stage.clock.advance(timedelta(minutes=1))
        self._head("refused")
        refused = await self._say(self._person.value, purpose="quote")
        self._check(not self._shows_rate(refused), "refused")

    async def _bundle(self) -> Path:
        """The customer's bundle, with the verifier and the keys beside it."""
        from knowledge_graph.sovereignty import verifier

        app = self._stage.app
        bundle = self._folder / "bundle.json"
        text = await app.sovereignty.ledger.bundle(await self._ref())
        bundle.write_text(text, encoding="utf-8")
        keys = "\n".join(app.sovereignty.public_keys) + "\n"
        (self._folder / "keys.txt").write_text(keys, encoding="utf-8")
        shutil.copyfile(verifier.__file__, self._folder / "verify.py")
        return bundle

    async def _verified(self, bundle: Path) -> None:
        """The one-file verifier accepts the bundle, and refuses it with one word changed."""
        self._head("bundle")
        verdict = await self._verifies(bundle)
        for use in verdict["uses"]:
            self._show(_use_line(use))
        self._show(say("holds", self._lang, count=verdict["entries"], size=verdict["size"]))
        self._check(verdict["ok"] is True, "bundle")
        forged = self._folder / "forged.json"
        await asyncio.to_thread(_forge, bundle, forged)
        self._head("forged")
        verdict = await self._verifies(forged)
        self._show(say("fails", self._lang, problem=" ".join(verdict["problems"])))
        self._check(verdict["ok"] is False, "forged")

    async def _verifies(self, bundle: Path) -> Verdict:
        argv = ("-I", "verify.py", bundle.name, "--trust", "keys.txt", "--json")
        process = await asyncio.create_subprocess_exec(
            sys.executable, *argv, cwd=self._folder, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        verdict: Verdict = json.loads(said)
        self._check(process.returncode == (0 if verdict["ok"] else 1), "status")
        return verdict

    async def _erased_and_restored(self) -> None:
        """Backup, erasure, and the old backup restored: the person stays gone, the others are whole."""
        from channels.commands.backup import back_up
        from channels.commands.importing import access_of
        from channels.commands.restore import restored

        stage, person = self._stage, await self._ref()
        self._head("backup")
        backup = stage.root / f"backup-{self._lang}"
        await back_up(stage.app, backup)
        before = dict(await stage.app.graph.counts())
        self._head("erases")
        await self._erase(person)
        self._head("restores")
        stage.clock.advance(timedelta(minutes=1))
        await stage.close()
        done = await restored(stage.settings, stage.clock, backup, replace=True)
        await stage.open()
        self._show(say("restored", self._lang, changes=done.changes, erasures=done.erasures))
        self._head("gone")
        shown = await self._say(self._person.show)
        self._check(self._person.mail not in shown, "gone")
        access = access_of(stage.app, stage.call.who())
        self._check(await stage.app.graph.get([person], access) == (), "gone")
        after = await stage.app.graph.counts()
        self._check(after["contact"] == before["contact"] - 1, "others")
        self._show(say("others", self._lang, count=after["contact"]))

    async def _erase(self, person: RecordRef) -> None:
        from channels.commands.importing import access_of
        from knowledge_graph.erasure.report import verifies

        eraser = self._stage.app.eraser
        if eraser is None:
            raise DemoBrokenError("this graph store keeps values in the clear")
        access = access_of(self._stage.app, self._stage.call.who())
        report = (await eraser.erase([person], access)).report
        done = json.loads(report)
        for place in done["done"]["places"]:
            found, gone = place["found"], place["deleted"] + place["rewritten"]
            self._show(say("place", self._lang, place=place["place"], found=found, gone=gone))
        self._show(say("keys", self._lang, keys=done["done"]["keys"]["destroyed"]))
        self._show(say("signed", self._lang))
        for line in done["not_done"]:
            self._show(say("not_done", self._lang, line=line))
        self._check(verifies(report), "signed")

    async def _ref(self) -> RecordRef:
        from channels.commands.importing import access_of
        from tools.privacy.access import people_named

        app = self._stage.app
        access = access_of(app, self._stage.call.who())
        found = await people_named(app.graph, self._person.mail, access, app.clock.now())
        self._check(len(found) == 1, "one")
        return found[0]

    def _letter(self) -> Mapping[str, object]:
        """Return the newest letter in the authority's outbox, which only the person reads."""
        letters = (self._stage.root / "authority" / "outbox").glob("*.json")
        newest = max(letters, key=lambda path: path.stat().st_mtime_ns)
        content: dict[str, object] = json.loads(newest.read_text(encoding="utf-8"))
        return content

    def _shows_rate(self, text: str) -> bool:
        rate = self._person.rate
        return any(form in text for form in (str(rate), f"{rate:.0%}", f"{rate:.1%}"))

    async def _say(self, text: str, *, purpose: str = "") -> str:
        """Say a line in the chat, show the answer, and return it."""
        from rich.text import Text

        from channels.console.lines import Speaker
        from channels.console.terminal import say as talk
        from channels.inbound import thread_key

        actor = self._stage.call.who()
        thread = thread_key("console", str(actor), "demo-sovereignty", self._lang)
        speaker = Speaker(actor=actor, thread=thread, purpose=purpose)
        self._stage.console.print(Text(f"› {text}", style="bold"))
        reply = await talk(self._stage.app.assistant, speaker, text, self._stage.console)
        self._check(reply is not None, "answered")
        return "" if reply is None else reply.reply

    def _head(self, key: str) -> None:
        from rich.rule import Rule
        from rich.text import Text

        self._step += 1
        name = self._person.name
        title = say(f"{key}.title", self._lang, name=name)
        told = say(f"{key}.about", self._lang, name=name)
        self._stage.console.print()
        self._stage.console.print(
            Rule(Text(f"{self._step}. {title}", style="bold cyan"), align="left")
        )
        self._stage.console.print(Text(told, style="dim"))

    def _show(self, text: str) -> None:
        from rich.text import Text

        self._stage.console.print(Text(text.rstrip("\n")), soft_wrap=True)

    def _check(self, holds: bool, what: str) -> None:
        """Raise when a step shows something else than it says.

        Raises:
            DemoBrokenError: It does.
        """
        if not holds:
            raise DemoBrokenError(say("broken", self._lang, step=self._step, what=what))


def _delivery(person: RecordRef, about: Person, access: Access) -> ChangeSet:
    """Return what the mail tool delivers about a person."""
    from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
    from knowledge_graph.ontology.record import Origin

    origin = Origin(system="newsletter", place="opens.csv", row=1, observed_at=access.at)
    change = RecordChange(
        action=Action.UPDATE,
        ref=person,
        title=about.name,
        before={"email_open_rate": None},
        after={"email_open_rate": about.rate},
    )
    return ChangeSet(
        id=f"newsletter-{about.id}",
        at=access.at,
        actor="owner:newsletter",
        reason="newsletter",
        changes=(change,),
        origin=origin,
    )


def _box(text: str, code: str, lang: Lang) -> Panel:
    from rich.panel import Panel
    from rich.text import Text

    return Panel(Text(say("box", lang, text=text, code=code)), expand=False)


def _use_line(use: Mapping[str, Mapping[str, object]]) -> str:
    """Return one entry of the ledger as a line."""
    record = use["record"]
    tiers = record.get("tiers") or [record.get("tier", "")]
    what = " + ".join(map(str, tiers)) if isinstance(tiers, list) else ""
    cells = (record["at"], record["type"], record.get("purpose", ""), what, record["actor"])
    return "  " + "  ".join(
        f"{cell!s:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)
    )


def _forge(bundle: Path, forged: Path) -> None:
    text = bundle.read_text(encoding="utf-8")
    forged.write_text(text.replace("sentiment", "identity", 1), encoding="utf-8")
