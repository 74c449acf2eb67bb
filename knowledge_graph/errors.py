"""Every error of Guanxi, in one tree.

CrmError                    has a stable `code` and says what did and did not change
├── BadInputError           the caller can correct it
│   ├── UnknownKindError
│   ├── UnknownFieldError
│   │   └── AmbiguousFieldError
│   ├── InvalidValueError
│   ├── ImportFileError
│   └── ScopeMissingError   a person on an opportunity without its usage scope
├── NotFoundError
├── NotAllowedError         the actor may not; nothing was changed
│   └── WithheldError       no recorded ground for this use of personal data
├── ConflictError           a later change stands in the way; nothing was changed
└── UnavailableError        a database, disk or model cannot be reached
    ├── StoreUnavailableError
    │   └── UnsealedError
    ├── PlatformUnsupportedError
    └── ModelUnavailableError
"""

from __future__ import annotations


class CrmError(Exception):
    """The root of all errors that a user may be told about.

    Args:
        message: What failed, what did and did not change, what would be valid; no traceback, no secret.
    """

    code = "E-CRM"


class BadInputError(CrmError):
    """The input cannot be used as it is; nothing was changed."""

    code = "E-INPUT"


class UnknownKindError(BadInputError):
    """A kind of record that this workspace does not have."""

    code = "E-KIND"


class UnknownFieldError(BadInputError):
    """A field that its kind does not have."""

    code = "E-FIELD"


class AmbiguousFieldError(UnknownFieldError):
    """A field that can be reached in more than one way."""

    code = "E-AMBIGUOUS"


class InvalidValueError(BadInputError):
    """A value that its field cannot hold."""

    code = "E-VALUE"


class ImportFileError(BadInputError):
    """A file that cannot be read as records."""

    code = "E-FILE"


class ScopeMissingError(BadInputError):
    """An opportunity names a person and does not say which of the person's data may be used."""

    code = "E-SCOPE"


class NotFoundError(CrmError):
    """No such record, change, proposal or decision."""

    code = "E-NOTFOUND"


class NotAllowedError(CrmError):
    """The actor may not do this; nothing was changed."""

    code = "E-DENIED"


class WithheldError(NotAllowedError):
    """There is no recorded ground for this use of personal data; nothing was read.

    Args:
        message: As for every error; no value in it.
        field: `kind.name` of the field.
        reason: The stable code of the refusal, as in `Withheld`.
    """

    code = "E-WITHHELD"

    def __init__(self, message: str, *, field: str = "", reason: str = "no_grant") -> None:
        super().__init__(message)
        self.field = field
        self.reason = reason


class ConflictError(CrmError):
    """The records have changed since; nothing was changed by this call."""

    code = "E-CONFLICT"


class UnavailableError(CrmError):
    """Something outside this process cannot be reached."""

    code = "E-UNAVAILABLE"


class StoreUnavailableError(UnavailableError):
    """The database cannot be reached or started."""

    code = "E-STORE"


class UnsealedError(StoreUnavailableError):
    """The database keeps people in the clear; it has to be sealed first."""

    code = "E-UNSEALED"


class PlatformUnsupportedError(UnavailableError):
    """The embedded database has no build for this platform; a Neo4j address can be set instead."""

    code = "E-PLATFORM"


class ModelUnavailableError(UnavailableError):
    """The configured model does not answer within its limits."""

    code = "E-MODEL"
