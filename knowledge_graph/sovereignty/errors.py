"""Errors of the sovereignty core; all hang in the tree of `knowledge_graph.errors`.

CrmError
├── SealError             a sealed value does not open: another key, another place, or it was changed
├── SelfTestError         the cryptography of this machine is not as it must be: nothing may start
├── KeyVaultError         the key store cannot be used as it is
├── LedgerError           the ledger is not append-only any more, or is behind what was published
├── BadInputError
│   ├── KeyFormatError    a key or signature that is not of its algorithm
│   ├── GrantError        a grant that may not be issued
│   ├── NoteError         a text that is no signed note, or no checkpoint
│   └── BundleError       a bundle that cannot be read
└── NotFoundError
    └── ErasedError       no key: the subject was erased, or never was here
"""

from __future__ import annotations

from knowledge_graph.errors import BadInputError, CrmError, NotFoundError


class SealError(CrmError):
    """A sealed value does not open; which of the reasons is not told."""

    code = "E-SEAL"


class SelfTestError(CrmError):
    """A known answer of the cryptography is wrong; nothing was started."""

    code = "E-SELFTEST"


class KeyVaultError(CrmError):
    """The key store cannot be used as it is."""

    code = "E-KEYS"


class LedgerError(CrmError):
    """The ledger contradicts itself or what was published of it; nothing was appended."""

    code = "E-LEDGER"


class KeyFormatError(BadInputError):
    """A key or a signature that is not of its algorithm."""

    code = "E-KEYFORMAT"


class GrantError(BadInputError):
    """A grant that may not be issued; nothing was signed.

    Args:
        reason: A stable code, for example "over_72_hours".
        message: The same for people.
    """

    code = "E-GRANT"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class NoteError(BadInputError):
    """A text that is no signed note, or whose known signatures do not hold."""

    code = "E-NOTE"


class BundleError(BadInputError):
    """A bundle that cannot be read as one."""

    code = "E-BUNDLE"


class ErasedError(NotFoundError):
    """There is no key for this subject: erased, or never here."""

    code = "E-ERASED"
