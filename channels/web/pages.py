"""Renders the pages' templates in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from channels.ports import User
from channels.web.texts import COOKIE, page_lang, texts


class Pages:
    """The templates, loaded once."""

    def __init__(self) -> None:
        folder = str(files("channels.web").joinpath("templates"))
        self._env = Environment(
            loader=FileSystemLoader(folder),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
        )

    def render(
        self,
        template: str,
        request: Request,
        words: Mapping[str, str],
        *,
        status: int = 200,
        user: User | None = None,
    ) -> HTMLResponse:
        """Return a page.

        Args:
            template: Its file.
            request: Decides the language.
            words: Further words of the template.
            status: Of the answer.
            user: Who is signed in.
        """
        cookie, accept = request.cookies.get(COOKIE), request.headers.get("accept-language")
        lang = page_lang(cookie, accept, user.lang if user is not None else None)
        table = texts(lang)
        html = self._env.get_template(template).render(
            t=table,
            lang=lang,
            other="en" if lang == "zh" else "zh",
            html_lang="zh-Hans" if lang == "zh" else "en",
            user=user,
            table=json.dumps(table, ensure_ascii=False).replace("<", "\\u003c"),
            path=request.url.path,
            **words,
        )
        return HTMLResponse(html, status_code=status)
