"""The port of the root keys: what a sealed folder, an HSM or a cloud KMS has to offer.

Every epoch key is wrapped by its *own* root version, so that destroying the version destroys the epoch in every
copy of the key store there is, backups included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class DestroyReceipt:
    """What is known of the destruction of a root version."""

    version: int
    kind: str
    """Where the version lived: "sealed file", "pkcs11", a KMS."""
    effective: str
    """At once, or the date at which a KMS destroys what is scheduled."""
    limits: str
    """What the place cannot promise, in words for the report."""


class RootKeys(Protocol):
    """Keeps versions of a root key, which never leave it."""

    def versions(self) -> tuple[int, ...]:
        """Return the versions that can still unwrap, lowest first."""
        ...

    def create(self, version: int) -> None:
        """Make a version; one that is there stays as it is."""
        ...

    def wrap(self, version: int, secret: bytes, bound: str) -> bytes:
        """Wrap a secret.

        Args:
            version: The root version.
            secret: 16 bytes.
            bound: Authenticated, not kept.

        Raises:
            KeyVaultError: There is no such version.
        """
        ...

    def unwrap(self, version: int, wrapped: bytes, bound: str) -> bytes:
        """Return what was wrapped.

        Raises:
            KeyVaultError: There is no such version, for example any more.
            SealError: It was wrapped by another version or for another use.
        """
        ...

    def destroy(self, version: int) -> DestroyReceipt:
        """Destroy a version for good; one that is gone already is no error."""
        ...
