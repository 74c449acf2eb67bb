"""Check digits of the numbers that recognisers look for."""

from __future__ import annotations

from datetime import date

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def is_chinese_id(number: str) -> bool:
    """Say whether 18 characters are a resident identity number of China.

    Args:
        number: Digits, the last one perhaps X.

    Returns:
        True when length, date of birth and check digit are right.

    Source: GB 11643-1999.

    >>> is_chinese_id("11010519491231002X")
    True
    """
    if len(number) != 18 or not number[:17].isdecimal() or not _is_date(number[6:14]):
        return False
    total = sum(int(d) * w for d, w in zip(number[:17], _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[total % 11] == number[17].upper()


def is_credit_code(code: str) -> bool:
    """Say whether 18 characters are a unified social credit code, of an organisation. Source: GB 32100-2015."""
    if len(code) != 18 or any(c not in _CREDIT_ALPHABET for c in code):
        return False
    total = sum(
        _CREDIT_ALPHABET.index(c) * w for c, w in zip(code[:17], _CREDIT_WEIGHTS, strict=True)
    )
    return _CREDIT_ALPHABET[-total % 31] == code[17]


def is_luhn(number: str) -> bool:
    """Say whether the last digit of a card number is right. Source: ISO/IEC 7812-1."""
    total = 0
    for place, character in enumerate(reversed(number)):
        digit = int(character) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def is_iban(code: str) -> bool:
    """Say whether an IBAN's two check digits are right.

    Args:
        code: Capitals and digits, no spaces.

    Returns:
        True when they are.

    Source: ISO 13616.

    >>> is_iban("DE89370400440532013000")
    True
    """
    if not 15 <= len(code) <= 34:
        return False
    moved = code[4:] + code[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def _is_date(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True
