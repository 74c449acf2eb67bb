"""Root keys in an HSM over PKCS#11: a version never leaves it, and destroying one is a `C_DestroyObject`."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, cast

import pkcs11
from pkcs11.exceptions import NoSuchKey, PKCS11Error, UserAlreadyLoggedIn

from knowledge_graph.sovereignty.errors import KeyVaultError, SealError
from knowledge_graph.sovereignty.keys.roots import DestroyReceipt

KEY_BITS = 256
NONCE_BYTES = 12
LIMITS = "as good as the token: a token that was copied with its PIN before could hold the version"
_LABEL = re.compile(r"guanxi-(?P<name>[\w.-]+)-root-(?P<version>\d+)")


class _CipherKey(Protocol):
    """The part of a key in the token that is used; the library adds it at run time."""

    def encrypt(
        self, data: bytes, *, mechanism: pkcs11.Mechanism, mechanism_param: pkcs11.GCMParams
    ) -> bytes: ...

    def decrypt(
        self, data: bytes, *, mechanism: pkcs11.Mechanism, mechanism_param: pkcs11.GCMParams
    ) -> bytes: ...

    def destroy(self) -> None: ...


class HsmRoots:
    """See `RootKeys`. Wraps with AES-256-GCM in the token (tokens have no SM4 in common).

    Args:
        module: The path of the token's PKCS#11 library.
        token: The label of the token.
        pin: The user PIN.
        name: Tells the workspaces of one token apart: letters, digits, dots.

    Raises:
        KeyVaultError: The token cannot be used.
    """

    def __init__(self, module: str, token: str, pin: str, *, name: str) -> None:
        self._name = name
        self._lock = threading.RLock()
        try:
            found = pkcs11.lib(module).get_token(token_label=token)
            self._session = _open(found, pin)
        except (PKCS11Error, RuntimeError) as error:
            raise KeyVaultError(
                f"the token {token!r} cannot be used ({type(error).__name__})"
            ) from error

    def close(self) -> None:
        """End the session."""
        with self._lock:
            self._session.close()

    def versions(self) -> tuple[int, ...]:
        """Return the versions that can still unwrap, lowest first."""
        wanted = {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
            pkcs11.Attribute.TOKEN: True,
        }
        with self._using() as session:
            labels = [str(key[pkcs11.Attribute.LABEL]) for key in session.get_objects(wanted)]
        hits = (_LABEL.fullmatch(label) for label in labels)
        return tuple(
            sorted(int(hit["version"]) for hit in hits if hit and hit["name"] == self._name)
        )

    def create(self, version: int) -> None:
        """Make a version; one that is there stays as it is."""
        with self._using() as session:
            if version in self.versions():
                return
            session.generate_key(
                pkcs11.KeyType.AES,
                KEY_BITS,
                label=self._label(version),
                store=True,
                template={
                    pkcs11.Attribute.SENSITIVE: True,
                    pkcs11.Attribute.EXTRACTABLE: False,
                    pkcs11.Attribute.PRIVATE: True,
                },
            )

    def wrap(self, version: int, secret: bytes, bound: str) -> bytes:
        """Wrap a secret under a version."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        with self._using():
            params = pkcs11.GCMParams(nonce, bound.encode())
            wrapped = self._key(version).encrypt(
                secret, mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=params
            )
        return nonce + bytes(wrapped)

    def unwrap(self, version: int, wrapped: bytes, bound: str) -> bytes:
        """Return what was wrapped.

        Raises:
            SealError: It was wrapped by another version or for another use.
        """
        nonce, body = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        with self._using():
            key = self._key(version)
            try:
                opened = key.decrypt(
                    body,
                    mechanism=pkcs11.Mechanism.AES_GCM,
                    mechanism_param=pkcs11.GCMParams(nonce, bound.encode()),
                )
            except PKCS11Error:
                raise SealError("a wrapped key does not open here") from None
        return bytes(opened)

    def destroy(self, version: int) -> DestroyReceipt:
        """Destroy a version in the token; one that is gone already is no error."""
        with self._using():
            if version in self.versions():
                self._key(version).destroy()
        return DestroyReceipt(version=version, kind="pkcs11", effective="at once", limits=LIMITS)

    def _key(self, version: int) -> _CipherKey:
        try:
            found = self._session.get_key(
                object_class=pkcs11.ObjectClass.SECRET_KEY, label=self._label(version)
            )
        except NoSuchKey:
            raise KeyVaultError(
                f"root version {version} is not in the token; it may be destroyed"
            ) from None
        return cast("_CipherKey", found)

    def _label(self, version: int) -> str:
        return f"guanxi-{self._name}-root-{version}"

    @contextmanager
    def _using(self) -> Iterator[pkcs11.Session]:
        with self._lock:
            try:
                yield self._session
            except PKCS11Error as error:
                raise KeyVaultError(f"the token failed ({type(error).__name__})") from error


def _open(token: pkcs11.Token, pin: str) -> pkcs11.Session:
    """Return a session; a process signs in to a token once for all its sessions."""
    try:
        return token.open(rw=True, user_pin=pin)
    except UserAlreadyLoggedIn:
        return token.open(rw=True)
