"""The chat page as a person uses it: mouse, keyboard alone, both languages, both themes, narrow and wide."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.e2e.browser.conftest import Desk

pytestmark = pytest.mark.browser


async def test_sign_in_refuses_and_admits(desk: Desk) -> None:
    await desk.page.goto(desk.base)
    await expect(desk.page).to_have_url(f"{desk.base}/sign-in")
    await desk.accessible("sign-in")
    await desk.page.locator("[name=user]").fill("lena@example.com")
    await desk.page.locator("[name=password]").fill("wrong")
    await desk.page.get_by_role("button", name="Sign in").click()
    await expect(desk.page.get_by_role("alert")).to_contain_text("not right")
    await desk.accessible("sign-in-failed")
    await desk.sign_in()
    await desk.accessible("welcome")


async def test_the_one_time_link_signs_in_with_one_press(desk: Desk) -> None:
    link = await desk.bench.accounts.issue("owner", "sign_in", ttl=timedelta(minutes=10))
    await desk.page.goto(f"{desk.base}/sign-in/once#{link.secret}")
    await desk.accessible("once")
    assert link.secret not in desk.page.url
    await desk.page.get_by_role("button", name="Continue as the workspace owner").click()
    await expect(desk.page.locator(".who")).to_contain_text("Workspace owner")


async def test_the_one_time_link_outlives_a_change_of_language(desk: Desk) -> None:
    link = await desk.bench.accounts.issue("owner", "sign_in", ttl=timedelta(minutes=10))
    await desk.page.goto(f"{desk.base}/sign-in/once#{link.secret}")
    await desk.page.locator('form[action="/language"] button').click()
    await expect(desk.page.locator("html")).to_have_attribute("lang", "zh-Hans")
    await expect(desk.page.locator("#code")).to_have_value(link.secret)
    assert link.secret not in desk.page.url
    await desk.page.locator("button.primary").click()
    await expect(desk.page.locator(".who")).to_be_visible()


async def test_an_answer_with_table_and_evidence(desk: Desk) -> None:
    await desk.sign_in()
    await desk.say("What are Priya's open opportunities?")
    table = desk.page.get_by_role("region", name="Result table")
    await expect(table.get_by_role("row")).to_have_count(4)
    chip = desk.page.get_by_role("button", name="Call with 李薇")
    await expect(chip).to_have_attribute("aria-expanded", "false")
    await chip.click()
    await expect(desk.page.locator(".proof")).to_contain_text("interactions.xlsx · row 204")
    await expect(desk.page.locator(".proof")).to_contain_text("预算已经批准")
    await desk.accessible("evidence")
    await chip.click()
    await expect(desk.page.locator(".proof")).to_be_hidden()
    await desk.page.get_by_role("button", name="Why?").click()
    dialog = desk.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("find_records (ok)")
    await desk.accessible("why")
    await desk.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_a_proposal_is_confirmed_and_undone(desk: Desk) -> None:
    await desk.sign_in()
    await desk.say("Reassign Lena's leads to Raj")
    card = desk.page.get_by_role("region", name="Proposed change, nothing is written yet")
    await expect(card).to_contain_text("9 records")
    await card.get_by_text("Show 3 more below").click()
    await expect(card.get_by_text("Jonas Weber")).to_be_visible()
    await desk.accessible("proposal")
    confirm = card.get_by_role(
        "button", name="Confirm: Reassign 9 leads from Lena Fischer to Raj Patel"
    )
    await confirm.click()
    await expect(card.locator(".state")).to_have_text("Confirmed")
    await expect(confirm).to_have_count(0)
    assert desk.bench.assistant.committed == ["P1"]
    await desk.page.get_by_role("button", name="Undo this change").first.click()
    await expect(desk.page.get_by_text("Taken back", exact=True)).to_be_visible()
    assert desk.bench.assistant.requests[-1].text == "/undo C-P1"
    await desk.accessible("undone")


async def test_cancelling_changes_nothing(desk: Desk) -> None:
    await desk.sign_in()
    await desk.say("Reassign Lena's leads to Raj")
    await desk.page.get_by_role("button", name="Cancel, change nothing").click()
    await expect(desk.page.locator(".card .state")).to_have_text("Cancelled")
    assert desk.bench.assistant.committed == []


async def test_a_question_is_answered_by_its_button(desk: Desk) -> None:
    await desk.sign_in()
    await desk.say("Show Chen's deals")
    await desk.accessible("question")
    await desk.page.get_by_role("button", name="陈志强 (4 open deals)").click()
    await expect(desk.page.get_by_text("You said: @employee:E4")).to_be_visible()
    await expect(desk.page.locator("#message")).to_be_focused()


async def test_a_failure_says_what_happened_and_can_be_tried_again(desk: Desk) -> None:
    await desk.sign_in()
    await desk.say("break")
    alert = desk.page.get_by_role("alert")
    await expect(alert).to_contain_text("E-STORE")
    await expect(alert).to_contain_text("nothing was changed")
    await desk.accessible("failure")
    await alert.get_by_role("button", name="Try again").click()
    await expect(desk.page.get_by_role("alert")).to_have_count(2)


async def test_the_whole_path_by_keyboard(desk: Desk) -> None:
    page = desk.page
    await page.goto(desk.base)
    await page.locator("body").press("Tab")
    await expect(page.get_by_role("button", name="中文")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.type("lena@example.com")
    await page.keyboard.press("Tab")
    await page.keyboard.type("a long enough passphrase")
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_be_focused()
    await page.keyboard.type("Reassign Lena's leads to Raj")
    await page.keyboard.press("Enter")
    confirm = page.get_by_role("button", name="Confirm: Reassign")
    await expect(confirm).to_be_visible()
    for _ in range(12):
        await page.keyboard.press("Shift+Tab")
        if await confirm.evaluate("node => node === document.activeElement"):
            break
    await expect(confirm).to_be_focused()
    await page.keyboard.press("Enter")
    undo = page.get_by_role("button", name="Undo this change")
    await expect(undo).to_be_visible()
    await expect(page.locator("#message")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Shift+Tab")
    await expect(undo).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Taken back", exact=True)).to_be_visible()


async def test_a_reopened_page_shows_the_conversation_and_what_became_of_it(desk: Desk) -> None:
    await desk.sign_in()
    await desk.say("Reassign Lena's leads to Raj")
    await desk.page.get_by_role("button", name="Confirm:").click()
    await expect(desk.page.get_by_role("button", name="Undo this change")).to_be_visible()
    await desk.page.reload()
    await expect(desk.page.locator(".said")).to_have_text("Reassign Lena's leads to Raj")
    await expect(desk.page.locator(".card .state")).to_have_text("Confirmed")
    await expect(desk.page.get_by_role("button", name="Confirm:")).to_have_count(0)
    await desk.page.get_by_role("button", name="New conversation").click()
    await expect(desk.page.locator("#welcome")).to_be_visible()
    await desk.page.locator("#threads .open").first.click()
    await expect(desk.page.locator(".said")).to_have_text("Reassign Lena's leads to Raj")
    await desk.page.locator("#threads li").hover()
    await desk.page.get_by_role("button", name="Delete this conversation").click()
    await desk.accessible("forget")
    await desk.page.get_by_role("button", name="Delete", exact=True).click()
    await expect(desk.page.get_by_text("No conversations yet.")).to_be_visible()


async def test_chinese_dark_and_narrow(desk: Desk) -> None:
    await desk.sign_in()
    await desk.page.emulate_media(color_scheme="dark")
    await desk.page.get_by_role("button", name="中文").click()
    await expect(desk.page.locator("html")).to_have_attribute("lang", "zh-Hans")
    await expect(desk.page.locator("#welcome")).to_be_visible()
    await desk.say("把王芳转给李薇")
    await expect(
        desk.page.get_by_role("button", name="确认：把 1 条线索王芳转给李薇")
    ).to_be_visible()
    await desk.accessible("zh-dark")
    await desk.page.set_viewport_size({"width": 360, "height": 740})
    await desk.accessible("zh-dark-narrow")
    width = await desk.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    await desk.page.get_by_role("button", name="对话与账户").click()
    await expect(desk.page.get_by_role("button", name="新对话")).to_be_visible()
    await desk.accessible("zh-dark-menu")
    await desk.page.keyboard.press("Escape")
    await expect(desk.page.get_by_role("button", name="对话与账户")).to_be_focused()


async def test_a_link_code_is_shown_and_sign_out_ends_the_session(desk: Desk) -> None:
    await desk.sign_in()
    await desk.page.get_by_role("button", name="Connect Slack or Telegram").click()
    await expect(desk.page.locator(".code")).to_contain_text("link ")
    await desk.page.keyboard.press("Escape")
    await desk.page.get_by_role("button", name="Sign out").click()
    await expect(desk.page).to_have_url(f"{desk.base}/sign-in")
    await desk.page.goto(desk.base)
    await expect(desk.page).to_have_url(f"{desk.base}/sign-in")


async def test_markup_in_a_message_is_shown_as_text(desk: Desk) -> None:
    await desk.sign_in()
    await desk.say("<img src=x onerror=alert(1)><b>bold</b>")
    await expect(desk.page.locator(".answer .text")).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(desk.page.locator(".log img, .log b")).to_have_count(0)
