"""What stands before Slack's events: signature, age, shape; and the key that tells a repeat."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from slack_sdk.signature import Clock as SlackClock
from slack_sdk.signature import SignatureVerifier

from knowledge_graph.ports import Clock

TIMESTAMP_DIGITS = 12


class _SlackTime(SlackClock):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


@dataclass(frozen=True, kw_only=True)
class SlackEnvelope:
    """A delivery of Slack, read."""

    key: str
    """Repeats with a repeated delivery: event_id, trigger_id; else a digest of the body."""
    body: str
    """The JSON payload."""
    challenge: str | None
    """The answer to Slack's check of the address, when it is one."""


class SlackGate:
    """Admits what Slack signed in the last five minutes."""

    def __init__(self, signing_secret: str, clock: Clock) -> None:
        self._verifier = SignatureVerifier(signing_secret, _SlackTime(clock))

    def admits(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Return whether the signature is Slack's and fresh; a timestamp that is no number is not."""
        stamp = headers.get("x-slack-request-timestamp", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= TIMESTAMP_DIGITS):
            return False
        signature = headers.get("x-slack-signature", "")
        return self._verifier.is_valid(body, stamp, signature)


def read_envelope(body: bytes, content_type: str) -> SlackEnvelope | None:
    """Return a delivery, None when it has no shape of Slack's.

    Args:
        body: As received; the signature has been checked.
        content_type: JSON for events, a form for interactions.
    """
    try:
        text = body.decode("utf-8")
        if content_type.startswith("application/x-www-form-urlencoded"):
            text = parse_qs(text).get("payload", [""])[0]
        payload = json.loads(text)
    except ValueError:
        return None
    if not isinstance(payload, dict):
        return None
    challenge = payload.get("challenge") if payload.get("type") == "url_verification" else None
    key = payload.get("event_id") or payload.get("trigger_id")
    if not isinstance(key, str):
        key = hashlib.sha256(body).hexdigest()
    return SlackEnvelope(
        key=key, body=text, challenge=challenge if isinstance(challenge, str) else None
    )


def lane_of(body: str) -> str:
    """Return the conversation that a payload belongs to: its messages are worked in order.

    >>> lane_of('{"event": {"channel": "D1", "ts": "1.2"}}')
    'D1 1.2'
    """
    payload = json.loads(body)
    event = payload.get("event") or payload.get("container") or {}
    channel = event.get("channel") or event.get("channel_id") or ""
    return f"{channel} {event.get('thread_ts') or event.get('ts') or event.get('message_ts') or ''}"
