"""Blind indexes: a sealed field can be found by its exact value without being opened.

The key is the tenant's, never a bare digest: all 10**10 Chinese mobile numbers are hashed in half an
hour. Who has the key can still guess values of low entropy, so that an index is dropped when its subject is
erased.
"""

from __future__ import annotations

import unicodedata

from knowledge_graph.sovereignty.crypto.digests import KEY_BYTES, expand_sm3, hmac_sm3, join
from knowledge_graph.sovereignty.errors import KeyFormatError

TOKEN_BYTES = 16


class BlindIndex:
    """Tokens of one field of one tenant.

    Args:
        key: The tenant's index key, at least 16 bytes.
        field: The field, for example "contact.phone"; the same value in two fields has two tokens.
    """

    def __init__(self, key: bytes, field: str) -> None:
        if len(key) < KEY_BYTES:
            raise KeyFormatError(f"an index key has at least {KEY_BYTES} bytes, not {len(key)}")
        self._field = field.encode()
        self._key = expand_sm3(key, "guanxi/blind-index/1", length=32)

    def token(self, value: str) -> str:
        """Return the token of a value; width, case and outer spaces do not matter.

        >>> index = BlindIndex(bytes(16), "contact.email")
        >>> index.token("Li@Example.com ") == index.token("ｌｉ@example.com")
        True
        """
        folded = unicodedata.normalize("NFKC", value).casefold().strip()
        return hmac_sm3(self._key, join(self._field, folded.encode()))[:TOKEN_BYTES].hex()
