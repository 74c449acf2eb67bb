"""The one list of commands, in the order that `guanxi --help` shows them."""

from __future__ import annotations

from channels.commands import (
    backup,
    chat,
    consent_authority,
    demo,
    doctor,
    evaluate,
    exporting,
    importing,
    privacy,
    restore,
    rules,
    serve,
    users,
    verify,
)
from channels.commands.invocation import Command

COMMANDS: tuple[Command, ...] = (
    demo.COMMAND,
    chat.COMMAND,
    serve.COMMAND,
    importing.COMMAND,
    exporting.COMMAND,
    privacy.COMMAND,
    backup.COMMAND,
    restore.COMMAND,
    rules.COMMAND,
    *((evaluate.COMMAND,) if evaluate.is_there() else ()),
    doctor.COMMAND,
    users.COMMAND,
    consent_authority.COMMAND,
    verify.COMMAND,
)
