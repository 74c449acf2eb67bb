"""A channel that only collects what would be delivered: for conversations played without any outside system."""

from __future__ import annotations

from agents.turn import TurnRequest
from channels.inbound import Answer, Desk, make_buttons, thread_key
from channels.ports import Button, User

CHANNEL = "collecting"


class CollectingChannel:
    """Delivers into lists.

    Args:
        desk: Takes messages to the assistant.
    """

    def __init__(self, desk: Desk) -> None:
        self.answers: list[Answer] = []
        self.buttons: list[Button] = []
        """Those of the last answer."""
        self._desk = desk

    async def say(self, user: User, text: str) -> Answer:
        """Return the answer to a message."""
        thread = thread_key(CHANNEL, user.id)
        request = TurnRequest(
            text=text,
            thread=thread,
            actor=user.actor,
            channel=CHANNEL,
            buttons=True,
            lang=user.lang,
        )
        answer = await self._desk.answer(request, user)
        self.answers.append(answer)
        self.buttons = list(make_buttons(answer, CHANNEL, ("confirm", "cancel", "undo")))
        return answer

    async def press(self, user: User, label: str) -> Answer:
        """Return the answer to a press of one of the last answer's buttons.

        Raises:
            KeyError: There is no such button.
        """
        found = next((b for b in self.buttons if b.label == label), None)
        if found is None:
            raise KeyError(label)
        return await self.say(user, found.text)
