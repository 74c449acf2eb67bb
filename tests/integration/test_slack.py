"""The real Bolt application behind the web service, against a strict stub of Slack, over loopback sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier

from channels.ports import InboxRow
from channels.slack.channel import SlackChannel, SlackParts, build_slack
from channels.testing.loopback import serving
from channels.testing.slack_stub import SlackCall, SlackStub
from channels.testing.stores import InMemoryButtons, InMemoryInbox
from channels.web.app import build_web
from tests.integration.channel_bench import Bench

SECRET = "8f742231b10e"


@dataclass
class Scene:
    """Our service and Slack, talking."""

    bench: Bench
    stub: SlackStub
    slack: SlackChannel
    inbox: InMemoryInbox
    http: httpx.AsyncClient
    ts: int = field(default=0)

    def headers(self, body: str, *, age_s: int = 0, secret: str = SECRET) -> dict[str, str]:
        stamp = str(int(self.bench.clock.now().timestamp()) - age_s)
        signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
        kind = "application/json" if body.startswith("{") else "application/x-www-form-urlencoded"
        return {
            "content-type": kind,
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": signature or "",
        }

    def event(self, text: str, *, user: str = "U1", **more: object) -> str:
        self.ts += 1
        ts = f"1690000000.{self.ts:06d}"
        event = {
            "type": "message", "channel": "D1", "channel_type": "im", "user": user, "text": text, "ts": ts,
        } | more  # fmt: skip
        self.stub.arrived(str(event["channel"]), ts)
        return json.dumps({
            "type": "event_callback", "team_id": "T1", "event_id": f"Ev{self.ts}", "event": event,
        })  # fmt: skip

    async def post(self, body: str, **headers: str) -> httpx.Response:
        answer = await self.http.post(
            "/slack/events", content=body, headers=self.headers(body) | headers
        )
        await self.slack.dispatcher.idle()
        return answer

    async def say(self, text: str, **more: str) -> SlackCall:
        assert (await self.post(self.event(text, **more))).status_code == 200
        assert self.stub.refused == []
        return self.stub.calls[-1]

    async def press(self, message: SlackCall, label: str, *, user: str = "U1") -> None:
        actions = next(b for b in message.blocks if b["type"] == "actions")
        button = next(e for e in actions["elements"] if e["text"]["text"] == label)
        self.ts += 1
        posts = [c for c in self.stub.calls if c.method == "chat.postMessage"]
        ts = f"1700000000.{self.message_number(posts, message):06d}"
        payload = {
            "type": "block_actions", "trigger_id": f"Tr{self.ts}", "team": {"id": "T1"},
            "user": {"id": user}, "channel": {"id": message.args["channel"]},
            "container": {"message_ts": ts, "thread_ts": message.args["thread_ts"],
                          "channel_id": message.args["channel"]},
            "message": {"ts": ts, "text": message.text, "blocks": message.blocks},
            "actions": [{"action_id": button["action_id"], "block_id": actions["block_id"],
                         "type": "button", "value": button["value"]}],
        }  # fmt: skip
        body = urlencode({"payload": json.dumps(payload)})
        assert (await self.post(body)).status_code == 200
        assert self.stub.refused == []

    def message_number(self, posts: list[SlackCall], message: SlackCall) -> int:
        numbered = [c for c in self.stub.calls if c.method != "auth.test"]
        return numbered.index(message) + 1


def parts_of(bench: Bench, inbox: InMemoryInbox, base: str) -> SlackParts:
    return SlackParts(
        desk=bench.desk,
        accounts=bench.accounts,
        inbox=inbox,
        buttons=InMemoryButtons(),
        clock=bench.clock,
        token="xoxb-stub",
        signing_secret=SECRET,
        api_url=f"{base}/api/",
    )


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        bench, stub, inbox = Bench(), SlackStub(), InMemoryInbox()
        await bench.people()
        await bench.accounts.link("slack", "T1/U1", "lena@example.com")
        await bench.accounts.link("slack", "T1/U2", "raj@example.com")
        slack_base = await stack.enter_async_context(serving(stub.app))
        slack = build_slack(parts_of(bench, inbox, slack_base))
        base = await stack.enter_async_context(serving(build_web(bench.parts, [slack])))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=base, trust_env=False))
        yield Scene(bench=bench, stub=stub, slack=slack, inbox=inbox, http=http)


async def test_a_message_becomes_a_turn_and_a_reply_in_its_thread(scene: Scene) -> None:
    reply = await scene.say("What are Priya's open opportunities?")
    assert reply.method == "chat.postMessage"
    assert reply.args["thread_ts"] == "1690000000.000001"
    kinds = [b["type"] for b in reply.blocks]
    assert kinds == ["section", "table", "context"]
    assert "row 17" in str(reply.blocks[-1])
    statuses = [c.args["status"] for c in scene.stub.said("assistant.threads.setStatus")]
    assert statuses == ["Looking that up…", "looking up records"]
    request = scene.bench.assistant.requests[0]
    assert str(request.actor) == "sales:lena@example.com"
    assert request.channel == "slack"
    assert "U1" not in request.thread


async def test_a_proposal_is_confirmed_by_its_button_and_undone(scene: Scene) -> None:
    card = await scene.say("Reassign Lena's leads to Raj")
    assert "~Lena Fischer~ → *Raj Patel*" in str(card.blocks)
    await scene.press(card, "Confirm")
    assert scene.bench.assistant.committed == ["P1"]
    update = scene.stub.said("chat.update")[0]
    assert [b["type"] for b in update.blocks if b["type"] == "actions"] == []
    done = scene.stub.said()[-1]
    assert done.text.startswith("Done:")
    await scene.press(done, "Undo")
    assert scene.bench.assistant.requests[-1].text == "/undo C-P1"


async def test_a_button_works_once_and_for_its_author_only(scene: Scene) -> None:
    card = await scene.say("Reassign Lena's leads to Raj")
    await scene.press(card, "Confirm", user="U2")
    assert scene.bench.assistant.committed == []
    assert "Only the person who asked" in scene.stub.said("chat.postEphemeral")[-1].text
    await scene.press(card, "Confirm")
    await scene.press(card, "Cancel")
    await scene.press(card, "Confirm")
    assert scene.bench.assistant.committed == ["P1"]
    assert len(scene.bench.assistant.requests) == 2
    assert "decided before" in scene.stub.said("chat.postEphemeral")[-1].text


async def test_the_options_of_a_question_are_buttons(scene: Scene) -> None:
    question = await scene.say("Show Chen's deals")
    await scene.press(question, "陈志强 (4 open deals)")
    assert scene.bench.assistant.requests[-1].text == "@employee:E4"
    assert scene.bench.assistant.requests[-1].thread == scene.bench.assistant.requests[0].thread


async def test_a_repeated_delivery_is_answered_and_dropped(scene: Scene) -> None:
    body = scene.event("hello")
    for retry in range(3):
        answer = await scene.post(body, **{"x-slack-retry-num": str(retry)})
        assert answer.status_code == 200
    assert len(scene.bench.assistant.requests) == 1


@pytest.mark.parametrize("stamp", ["", "abc", "12.5", "-1", "９９", "9" * 13, "1e9"])
async def test_a_timestamp_that_is_no_number_is_refused(scene: Scene, stamp: str) -> None:
    body = scene.event("hello")
    headers = scene.headers(body)
    raw = [(k.encode(), v.encode()) for k, v in headers.items() if k != "x-slack-request-timestamp"]
    raw.append((b"x-slack-request-timestamp", stamp.encode()))
    answer = await scene.http.post("/slack/events", content=body, headers=raw)
    assert answer.status_code == 401


async def test_wrong_old_future_and_missing_signatures_are_refused(scene: Scene) -> None:
    body = scene.event("hello")
    bad = [
        scene.headers(body, secret="other"),
        scene.headers(body, age_s=301),
        scene.headers(body, age_s=-301),
        scene.headers(body + " "),
        {},
    ]
    for headers in bad:
        answer = await scene.http.post("/slack/events", content=body, headers=headers)
        assert answer.status_code == 401
    large = "{" + "x" * 1_000_001
    answer = await scene.http.post("/slack/events", content=large, headers=scene.headers(large))
    assert answer.status_code == 413
    assert scene.bench.assistant.requests == []


async def test_signed_nonsense_is_refused_without_a_trace(scene: Scene) -> None:
    for body in ("[1]", "{", '"text"', "payload=%7B"):
        answer = await scene.http.post("/slack/events", content=body, headers=scene.headers(body))
        assert answer.status_code == 400


async def test_the_address_check_is_answered(scene: Scene) -> None:
    answer = await scene.post(json.dumps({"type": "url_verification", "challenge": "c1"}))
    assert answer.json() == {"challenge": "c1"}


async def test_a_stranger_is_told_how_to_link_and_links_by_a_code_once(scene: Scene) -> None:
    told = await scene.say("show all leads", user="U9")
    assert "one-time code" in told.text
    code = await scene.bench.accounts.issue("raj@example.com", "link", ttl=timedelta(minutes=10))
    linked = await scene.say(f"link {code.secret.lower()}", user="U9")
    assert "Raj Patel" in linked.text
    second = await scene.say(f"link {code.secret}", user="U8")
    assert "not right, used or too old" in second.text
    assert scene.bench.assistant.requests == []
    await scene.say("hello", user="U9")
    assert str(scene.bench.assistant.requests[0].actor) == "sales:raj@example.com"


async def test_in_a_channel_only_the_person_who_asked_sees_the_answer(scene: Scene) -> None:
    reply = await scene.say(
        "<@UBOT> hello", type="app_mention", channel="C1", channel_type="channel"
    )
    assert reply.method == "chat.postEphemeral"
    assert reply.args["user"] == "U1"
    assert scene.bench.assistant.requests[0].text == "hello"
    code = await scene.bench.accounts.issue("raj@example.com", "link", ttl=timedelta(minutes=10))
    told = await scene.say(
        f"<@UBOT> link {code.secret}", user="U9", type="app_mention", channel="C1"
    )
    assert "one-time code" in told.text
    assert await scene.bench.accounts.linked("slack", "T1/U9") is None


async def test_its_own_and_edited_messages_are_left_alone(scene: Scene) -> None:
    await scene.post(scene.event("hi", bot_id="BBOT"))
    await scene.post(scene.event("hi", subtype="message_changed"))
    await scene.post(scene.event("hi", user="UBOT"))
    assert scene.bench.assistant.requests == []
    assert scene.stub.said() == []


async def test_a_rate_limit_is_waited_for(scene: Scene) -> None:
    scene.stub.limited_once.add("chat.postMessage")
    reply = await scene.say("hello")
    assert reply.text == "You said: hello"
    assert len(scene.stub.said()) == 1


async def test_an_error_of_ours_is_said_with_its_code(scene: Scene) -> None:
    reply = await scene.say("break")
    assert "E-STORE" in reply.text
    assert "nothing was changed" in reply.text


async def test_text_cannot_call_the_whole_channel(scene: Scene) -> None:
    reply = await scene.say("&lt;!channel&gt; &amp; co")
    assert scene.bench.assistant.requests[0].text == "<!channel> & co"
    assert "<!channel>" not in str(reply.blocks) + reply.text


async def test_what_a_crash_left_in_the_inbox_is_worked_after_the_start(scene: Scene) -> None:
    body = scene.event("hello again")
    row = InboxRow(channel="slack", key="EvCrash", body=body, received_at="2026-11-23T02:59:00Z")
    await scene.inbox.receive(row)
    assert await scene.slack.dispatcher.resume() == 1
    await scene.slack.dispatcher.idle()
    assert [r.text for r in scene.bench.assistant.requests] == ["hello again"]
    assert await scene.inbox.waiting("slack") == ()


async def test_messages_of_one_thread_are_worked_in_order(scene: Scene) -> None:
    bodies = [scene.event(f"message {n}", thread_ts="1690000000.000001") for n in range(5)]
    sent = [
        scene.http.post("/slack/events", content=body, headers=scene.headers(body))
        for body in bodies[1:]
    ]
    await scene.http.post("/slack/events", content=bodies[0], headers=scene.headers(bodies[0]))
    await asyncio.gather(*sent)
    await scene.slack.dispatcher.idle()
    assert scene.bench.assistant.requests[0].text == "message 0"
    assert len(scene.stub.said()) == 5
