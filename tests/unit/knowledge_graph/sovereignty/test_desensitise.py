"""Desensitising: nothing of the shared cases leaks, nor of their siblings; business numbers stay."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_graph.sovereignty.desensitise.checks import (
    is_chinese_id,
    is_credit_code,
    is_iban,
    is_luhn,
)
from knowledge_graph.sovereignty.desensitise.folding import fold
from knowledge_graph.sovereignty.desensitise.mask import desensitise
from knowledge_graph.sovereignty.desensitise.patterns import Kind

Vectors = Callable[[str], Any]


def siblings() -> list[Any]:
    path = Path(__file__).with_name("desensitise_siblings.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


@pytest.mark.parametrize("case", siblings(), ids=lambda case: ascii(case["text"][:24]))
def test_siblings_written_without_the_code_at_hand(case: Any) -> None:
    text = desensitise(case["text"]).text
    assert [s for s in case["secrets"] if s in text] == [], text
    assert [k for k in case["keep"] if k not in text] == [], text


def test_the_shared_cases(vectors: Vectors) -> None:
    for case in vectors("desensitise_cases.json")["cases"]:
        text = desensitise(case["text"]).text
        assert [s for s in case["secrets"] if s in text] == [], text
        assert [k for k in case.get("keep", []) if k not in text] == [], text


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("１３８００１３８０００", ["１３８００１３８０００"]),
        ("1\u200b3\u200d8\u2060001\ufeff38000", ["38000"]),
        ("一三八零零一三八零零零", ["零零一三八"]),
        ("幺三八－零零一三－八零零零", ["八零零零"]),
        ("①③⑧⓪⓪①③⑧⓪⓪⓪", ["⑧⓪⓪"]),
        ("٠١٣٨", []),
        ("打 १३८००१३८००० 找我", ["३८००"]),
        ("%31%33%38%30%30%31%33%38%30%30%30", ["%38%30"]),
        ("&#49;&#51;&#56;00138000", ["00138000"]),
        ("\\u0031\\u0033800138000", ["800138000"]),
        ("MTM4MDAxMzgwMDA=", ["MTM4"]),
        ("tel 1-3-8-0-0-1-3-8-0-0-0", ["8-0-0-0"]),
        ("+86 (138) 0013 8000", ["0013"]),
        ("0086 138 0013 8000", ["0013"]),
        ("li.lei (at) example (dot) com", ["li.lei", "example"]),
        ("li.lei＠example.com", ["li.lei"]),
        ("邮箱 lilei 艾特 example 点 com", ["lilei"]),
        ("加微信：lilei_2026", ["lilei_2026"]),
        ("QQ号 123456789", ["123456789"]),
        ("身份证号是 1101 0519 4912 3100 2X", ["3100"]),
        ("证件号：E12345678", ["E12345678"]),
        ("卡号 6222 0210 0112 3456 789", ["0112"]),
        ("联系人：欧阳娜娜，电话 021-62345678", ["欧阳娜娜", "62345678"]),
        ("张三 13900001111；李四 13900002222", ["张三", "李四", "1390"]),
        ("收件人 陈\u200b小明 朝阳区建国路88号2单元301室", ["小明", "建国路88号", "301"]),
        (
            "Frau Erika Musterfrau, Musterstraße 12b, +49 151 23456789",
            ["Erika", "Musterstraße 12b", "151"],
        ),
        ("IBAN GB82 WEST 1234 5698 7654 32", ["5698"]),
        ("Budi Santoso, NIK 3174012501900001, 0812-3456-7890", ["Budi", "317401", "3456"]),
        ("Nguye\u0302\u0303n Va\u0306n An, 0912 345 678", ["345", "An,"]),
        ("NRIC T0123456A, mobile 81234567", ["T0123456A", "81234567"]),
        ("请联系采购部的陈晓东经理", ["陈晓东"]),
        ("王小明的手机号是一三八〇〇一三八〇〇〇", ["王小明", "〇〇一三八"]),
        ("138oo138ooo 或 l38OO138OOO", ["138oo", "OO138"]),
        ("email：zhang.san＋crm@公司.cn", ["zhang"]),
        ("生日 1990-01-01, dob: 01/02/1990", ["1990"]),
        ("深圳市南山区科技园科苑路15号3栋A座1201", ["科苑路15号", "1201"]),
        ("Tan Wei Ming, #12-34 25 Orchard Road, +65 9123 4567", ["Tan Wei", "Orchard", "4567"]),
    ],
)
def test_disguises_and_siblings(text: str, secrets: list[str]) -> None:
    masked = desensitise(text).text
    assert [secret for secret in secrets if secret in masked] == [], masked


@pytest.mark.parametrize(
    "text",
    [
        "本季度成交金额 1,234,567.89 元，合同号 HT-2026-0012，日期 2026-11-22 08:00",
        "客户方面反馈 2026-11-22T08:00:00Z 总额 38000000",
        "王者方案的单价 1380 元，金额总计 1,380 万元",
        "统一社会信用代码 91310000MA1FL0000N",
        "ISBN 9787111128069，型号 X-13800138",
        "Order 20261122000138: 1,200 units at 13,800.00, delivery 2026-12-01.",
        "上海路演 3 号会场，价格路径 15 号方案，项目经理和客户经理开会，谢谢",
        "win rate 62.5 %, 3 of 12 deals, pipeline 4500000",
        "",
    ],
)
def test_business_numbers_stay(text: str) -> None:
    assert desensitise(text).text == text


def test_known_names_are_masked_anywhere() -> None:
    masked = desensitise(
        "昨天见了娜塔莎，Anna Lee said yes", known=["娜塔莎", "anna lee"], lang="en"
    )
    assert masked.text == "昨天见了[name]，[name] said yes"
    assert masked.counts == {Kind.NAME: 2}
    assert desensitise("banana leek", known=["ana lee", "x"]).text == "banana leek"


def test_counts_tell_how_much_and_not_what() -> None:
    masked = desensitise("手机13800138000，邮箱 a@b.cn，手机13800138001")
    assert masked.counts[Kind.PHONE] == 2
    assert masked.counts[Kind.EMAIL] == 1
    assert "1380" not in repr(masked)


DIGITS = ("0123456789", "０１２３４５６７８９", "零一二三四五六七八九", "٠١٢٣٤٥٦٧٨٩")


@given(
    tail=st.lists(st.integers(0, 9), min_size=9, max_size=9),
    second=st.integers(3, 9),
    script=st.sampled_from(DIGITS),
    gap=st.sampled_from(["", " ", "-", ".", "\u200b", "\u00a0", " - "]),
    before=st.sampled_from(["", "联系", "a ", "电话：", "（"]),
)
@settings(max_examples=150)
def test_no_mobile_number_gets_through(
    tail: list[int], second: int, script: str, gap: str, before: str
) -> None:
    number = gap.join(script[digit] for digit in (1, second, *tail))
    masked = desensitise(f"{before}{number}。").text
    left = [character for character in masked if character in script]
    assert left == []


@given(text=st.text(max_size=80))
@settings(max_examples=150)
def test_any_text_is_handled_and_masks_stay(text: str) -> None:
    once = desensitise(text).text
    assert desensitise(once).text == once or len(desensitise(once).text) <= len(once) + 8
    folded = fold(text)
    assert len(folded.text) == len(folded.spelled) == len(folded.places)


def test_a_long_hostile_text_takes_no_time() -> None:
    for unit in ("1 ", "a.", "王", "A ", "13800", "@", "路"):
        desensitise(unit * 3_000)


def test_check_digits() -> None:
    assert is_chinese_id("11010519491231002X")
    assert not is_chinese_id("110105194912310021")
    assert not is_chinese_id("11010519491331002X")
    assert not is_chinese_id("1101051949123100")
    assert is_credit_code("91310000MA1FL0000N")
    assert not is_credit_code("91310000MA1FL0000P")
    assert not is_credit_code("short")
    assert is_luhn("6222021001123456789")
    assert not is_luhn("6222021001123456788")
    assert is_iban("DE89370400440532013000")
    assert not is_iban("DE88370400440532013000")
    assert not is_iban("DE89")
