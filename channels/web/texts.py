"""The page's own words, zh and en. Texts of the assistant come with the turn and are not here."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from knowledge_graph.errors import CrmError
from tools.context import Lang

COOKIE = "guanxi_lang"


@cache
def texts(lang: Lang) -> dict[str, str]:
    """Return all words of the page by key.

    >>> texts("zh")["send"] != texts("en")["send"]
    True
    """
    table = json.loads(files("channels.web").joinpath("texts.json").read_text(encoding="utf-8"))
    return {key: value[lang] for key, value in table.items()}


def error_text(code: str, lang: Lang) -> str:
    """Return what an error code means to a person.

    >>> error_text("E-DENIED", "en")
    'You may not do this. Nothing was changed.'
    """
    words = texts(lang)
    return words.get(f"error.{code}", words[f"error.{CrmError.code}"])


def page_lang(cookie: str | None, accept: str | None, user_lang: Lang | None = None) -> Lang:
    """Return the page's language: chosen on the page, else the user's, else the browser's.

    Args:
        cookie: The choice made on the page.
        accept: The Accept-Language header.
        user_lang: What the user's account says.

    >>> page_lang(None, "zh-CN,zh;q=0.9,en;q=0.8"), page_lang("en", "zh-CN"), page_lang(None, None)
    ('zh', 'en', 'en')
    """
    if cookie == "zh":
        return "zh"
    if cookie == "en":
        return "en"
    if user_lang is not None:
        return user_lang
    first = (accept or "").split(",")[0].strip().lower()
    return "zh" if first.startswith("zh") else "en"
