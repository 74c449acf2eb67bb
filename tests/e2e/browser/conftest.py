"""A browser on the real service; skips with the reason where there is no Chromium."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from channels.testing.loopback import serving
from channels.web.app import build_web
from tests.integration.channel_bench import PASSWORD, Bench

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Desk:
    """One person at one page."""

    page: Page
    base: str
    bench: Bench
    shots: Path

    async def sign_in(self, user: str = "lena@example.com") -> None:
        await self.page.goto(f"{self.base}/sign-in")
        await self.page.locator("[name=user]").fill(user)
        await self.page.locator("[name=password]").fill(PASSWORD)
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator("#welcome")).to_be_visible()

    async def say(self, text: str) -> None:
        """Send a message and wait for what it comes to."""
        number = await self.page.locator(".exchange").count()
        await self.page.locator("#message").fill(text)
        await self.page.keyboard.press("Enter")
        shown = self.page.locator(".exchange").nth(number).locator(".answer, .failed")
        await expect(shown).to_be_visible()
        await expect(self.page.locator("#send")).to_be_enabled()

    async def accessible(self, name: str) -> None:
        """Take a picture and check the page against WCAG 2.2 A and AA."""
        await self.page.screenshot(path=self.shots / f"{name}.png")
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        results = await Axe().run(self.page, options={"runOnly": rules})
        assert results.violations_count == 0, results.generate_report()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on the path: the browser tests need Debian's chromium package")
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield made
        await made.close()


@pytest.fixture
async def desk(browser: Browser, tmp_path: Path) -> AsyncIterator[Desk]:
    bench = Bench()
    await bench.people()
    async with serving(build_web(bench.parts)) as base:
        context = await browser.new_context(
            viewport={"width": 1280, "height": 860}, locale="en-US", reduced_motion="reduce"
        )
        page = await context.new_page()
        page.set_default_timeout(10_000)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda said: problems.append(said.text) if "Content Security" in said.text else None,
        )
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        yield Desk(page=page, base=base, bench=bench, shots=tmp_path)
        await context.close()
        assert problems == []
        assert [url for url in asked if not url.startswith(base)] == []
