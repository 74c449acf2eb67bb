"""The real python-telegram-bot behind the web service, against a strict stub of Telegram, over loopback sockets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest

from agents.turn import TurnReply
from channels.ports import InboxRow
from channels.telegram.channel import TelegramChannel, TelegramParts, build_telegram
from channels.testing.loopback import serving
from channels.testing.stores import InMemoryButtons, InMemoryInbox
from channels.testing.telegram_stub import TelegramCall, TelegramStub
from channels.web.app import build_web
from tests.integration.channel_bench import TABLE, Bench

SECRET = "a-secret-of-the-webhook"
HEADER = "x-telegram-bot-api-secret-token"
LENA, RAJ, STRANGER = 11, 12, 99


@dataclass
class Scene:
    """Our service and Telegram, talking."""

    bench: Bench
    stub: TelegramStub
    telegram: TelegramChannel
    inbox: InMemoryInbox
    http: httpx.AsyncClient
    number: int = field(default=0)

    def update(self, **part: object) -> dict[str, object]:
        self.number += 1
        return {"update_id": 9000 + self.number} | part

    def message(self, text: str, *, person: int = LENA, **more: object) -> dict[str, object]:
        chat = {"id": person, "type": "private"}
        sender = {"id": person, "is_bot": False, "first_name": "X"}
        content = {
            "message_id": 1,
            "date": 1_700_000_000,
            "chat": chat,
            "from": sender,
            "text": text,
        }
        return self.update(message=content | more)

    async def post(self, update: object, secret: str = SECRET) -> httpx.Response:
        answer = await self.http.post(
            "/telegram/webhook", content=json.dumps(update), headers={HEADER: secret}
        )
        await self.telegram.dispatcher.idle()
        return answer

    async def say(self, text: str, *, person: int = LENA) -> TelegramCall:
        assert (await self.post(self.message(text, person=person))).status_code == 200
        assert self.stub.refused == []
        return self.stub.said()[-1]

    async def press(
        self, message: TelegramCall, label: str, *, person: int = LENA, fresh: bool = True
    ) -> None:
        query_id = f"Q{self.number}"
        if fresh:
            self.stub.queries.add(query_id)
        chat = {"id": person, "type": "private"}
        shown = {"message_id": message.message_id, "date": 1_700_000_000, "chat": chat, "text": "…"}
        query = {
            "id": query_id, "from": {"id": person, "is_bot": False, "first_name": "X"},
            "chat_instance": "1", "message": shown, "data": message.keys[label],
        }  # fmt: skip
        assert (await self.post(self.update(callback_query=query))).status_code == 200


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        bench, stub, inbox = Bench(), TelegramStub(), InMemoryInbox()
        await bench.people()
        await bench.accounts.link("telegram", str(LENA), "lena@example.com")
        await bench.accounts.link("telegram", str(RAJ), "raj@example.com")
        api = await stack.enter_async_context(serving(stub.app))
        parts = TelegramParts(
            desk=bench.desk,
            accounts=bench.accounts,
            inbox=inbox,
            buttons=InMemoryButtons(),
            clock=bench.clock,
            token="42:stub",
            webhook_secret=SECRET,
            public_url="https://crm.example.com",
            api_url=f"{api}/bot",
        )
        telegram = build_telegram(parts)
        base = await stack.enter_async_context(serving(build_web(bench.parts, [telegram])))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=base, trust_env=False))
        yield Scene(bench=bench, stub=stub, telegram=telegram, inbox=inbox, http=http)


async def test_the_webhook_is_registered_with_its_secret(scene: Scene) -> None:
    hook = scene.stub.said("setWebhook")[0].args
    assert hook["url"] == "https://crm.example.com/telegram/webhook"
    assert hook["secret_token"] == SECRET


async def test_a_message_becomes_a_turn_and_a_reply(scene: Scene) -> None:
    reply = await scene.say("What are Priya's open opportunities?")
    assert "<pre>Opportunity" in reply.text
    assert "row 17" in reply.text
    assert [c.args["action"] for c in scene.stub.said("sendChatAction")] == ["typing"]
    request = scene.bench.assistant.requests[0]
    assert (str(request.actor), request.channel) == ("sales:lena@example.com", "telegram")


async def test_a_proposal_is_confirmed_by_its_button_and_undone(scene: Scene) -> None:
    card = await scene.say("Reassign Lena's leads to Raj")
    assert "<s>Lena Fischer</s> → Raj Patel" in card.text
    await scene.press(card, "Confirm")
    assert scene.bench.assistant.committed == ["P1"]
    assert scene.stub.said("editMessageReplyMarkup")[0].args["message_id"] == str(card.message_id)
    assert "received" in scene.stub.said("answerCallbackQuery")[0].args["text"]
    await scene.press(scene.stub.said()[-1], "Undo")
    assert scene.bench.assistant.requests[-1].text == "/undo C-P1"
    assert scene.stub.refused == []


async def test_a_button_works_once_and_for_its_author_and_chat_only(scene: Scene) -> None:
    card = await scene.say("Reassign Lena's leads to Raj")
    await scene.press(card, "Confirm", person=RAJ)
    await scene.press(card, "Confirm", person=STRANGER)
    assert scene.bench.assistant.committed == []
    await scene.press(card, "Confirm")
    await scene.press(card, "Cancel")
    assert scene.bench.assistant.committed == ["P1"]
    assert "decided before" in scene.stub.said("answerCallbackQuery")[-1].args["text"]


async def test_a_press_that_telegram_has_forgotten_still_runs(scene: Scene) -> None:
    card = await scene.say("Reassign Lena's leads to Raj")
    await scene.press(card, "Confirm", fresh=False)
    assert scene.bench.assistant.committed == ["P1"]
    assert scene.stub.refused == [
        "answerCallbackQuery: Bad Request: query is too old and response timeout expired or query ID is invalid"
    ]


async def test_long_chinese_options_fit_because_only_an_id_is_sent(scene: Scene) -> None:
    question = await scene.say("Show Chen's deals")
    assert set(question.keys) == {"陈志强 (4 open deals)", "Chen Wei (1 open deal)"}
    assert all(len(data.encode()) <= 32 for data in question.keys.values())
    await scene.press(question, "陈志强 (4 open deals)")
    assert scene.bench.assistant.requests[-1].text == "@employee:E4"


async def test_a_repeated_update_is_answered_and_dropped(scene: Scene) -> None:
    update = scene.message("hello")
    for _ in range(3):
        assert (await scene.post(update)).status_code == 200
    assert len(scene.bench.assistant.requests) == 1


async def test_wrong_and_missing_secrets_are_refused(scene: Scene) -> None:
    update = scene.message("hello")
    for secret in ("", "wrong", SECRET + "x", SECRET[:-1]):
        assert (await scene.post(update, secret)).status_code == 403
    missing = await scene.http.post("/telegram/webhook", json=update)
    assert missing.status_code == 403
    assert scene.bench.assistant.requests == []


@pytest.mark.parametrize(
    "body", ["{", "[]", "{}", '{"update_id": "7"}', '{"update_id": true}', '"x"']
)
async def test_nonsense_with_the_right_secret_is_refused(scene: Scene, body: str) -> None:
    answer = await scene.http.post("/telegram/webhook", content=body, headers={HEADER: SECRET})
    assert answer.status_code == 400


async def test_a_stranger_links_by_start_code_once(scene: Scene) -> None:
    told = await scene.say("show all leads", person=STRANGER)
    assert "one-time code" in told.text
    code = await scene.bench.accounts.issue("raj@example.com", "link", ttl=timedelta(minutes=10))
    late = await scene.bench.accounts.issue("raj@example.com", "link", ttl=timedelta(minutes=10))
    linked = await scene.say(f"/start {code.secret}", person=STRANGER)
    assert "Raj Patel" in linked.text
    again = await scene.say(f"/start {code.secret}", person=98)
    assert "not right, used or too old" in again.text
    scene.bench.clock.advance(timedelta(minutes=11))
    assert "not right" in (await scene.say(f"/start {late.secret}", person=97)).text
    assert scene.bench.assistant.requests == []
    await scene.say("/start", person=STRANGER)
    assert scene.bench.assistant.requests[0].text == "/help"
    await scene.say("statistics", person=STRANGER)
    assert scene.bench.assistant.requests[1].text == "statistics"


async def test_groups_edits_and_pictures(scene: Scene) -> None:
    group = {"id": -5, "type": "group", "title": "G"}
    await scene.post(scene.message("hello", chat=group))
    edited = scene.message("hello")
    await scene.post({"update_id": edited["update_id"], "edited_message": edited["message"]})
    assert scene.stub.said() == []
    picture = scene.message("")
    picture["message"].pop("text")
    await scene.post(picture)
    assert "text messages only" in scene.stub.said()[-1].text
    assert scene.bench.assistant.requests == []


# The library itself warns when it builds this error; both forms of its number are read.
@pytest.mark.filterwarnings("ignore:.*retry_after.*:DeprecationWarning")
async def test_a_rate_limit_is_a_pause(scene: Scene) -> None:
    scene.stub.limited_once.add("sendMessage")
    assert (await scene.say("hello")).text == "You said: hello"
    assert len(scene.stub.said()) == 1


async def test_markup_in_texts_is_shown_not_obeyed(scene: Scene) -> None:
    reply = await scene.say("<b>&lt;a href='x'> unclosed <i")
    assert reply.text.startswith("You said: &lt;b&gt;&amp;lt;a")


async def test_long_replies_are_split_within_the_limit_and_buttons_come_last(scene: Scene) -> None:
    text = "\n".join(f"{n} 关系 <{'x' * 60}> 😀" for n in range(300))
    script = scene.bench.assistant._script
    assert isinstance(script, dict)
    script["long"] = TurnReply(turn=0, reply=text, lang="en", table=TABLE, change_id="C9")
    script["one line"] = TurnReply(turn=0, reply="关<" * 9000, lang="zh")
    await scene.say("long")
    messages = scene.stub.said()
    assert len(messages) > 4
    assert [bool(m.keys) for m in messages] == [False] * (len(messages) - 1) + [True]
    await scene.say("one line")
    assert scene.stub.refused == []
    assert sum(m.text.count("关") for m in scene.stub.said()[len(messages) :]) == 9000


async def test_what_a_crash_left_in_the_inbox_is_worked_after_the_start(scene: Scene) -> None:
    body = json.dumps(scene.message("hello again"))
    row = InboxRow(channel="telegram", key="1", body=body, received_at="2026-11-23T02:59:00Z")
    await scene.inbox.receive(row)
    await scene.telegram.dispatcher.resume()
    await scene.telegram.dispatcher.idle()
    assert [r.text for r in scene.bench.assistant.requests] == ["hello again"]


async def test_a_message_that_ends_the_process_again_and_again_is_put_aside(scene: Scene) -> None:
    body = json.dumps(scene.message("poison"))
    await scene.inbox.receive(
        InboxRow(channel="telegram", key="2", body=body, received_at="2026-11-23T02:59:00Z")
    )
    for _ in range(3):
        await scene.inbox.begin("telegram", "2")
    await scene.telegram.dispatcher.resume()
    await scene.telegram.dispatcher.idle()
    assert scene.bench.assistant.requests == []
    assert await scene.inbox.waiting("telegram") == ()


def test_a_short_webhook_secret_is_refused() -> None:
    bench = Bench()
    parts = TelegramParts(
        desk=bench.desk,
        accounts=bench.accounts,
        inbox=InMemoryInbox(),
        buttons=InMemoryButtons(),
        clock=bench.clock,
        token="42:stub",
        webhook_secret="short",
    )
    with pytest.raises(ValueError, match="16 characters"):
        build_telegram(parts)
