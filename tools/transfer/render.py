"""Mapping and report as texts for people, zh and en."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tools.transfer.drafting import Finding
from tools.transfer.mapping import Assumption, Problem, TableMapping
from tools.transfer.reporting import ImportReport

Lang = Literal["zh", "en"]
SHOWN = 5
"""Findings told at once; the report file has all."""

_WORDS: Mapping[str, tuple[str, str]] = {
    "ignored": ("（不导入）", "(left out)"),
    "new_field": ("新字段", "new field"),
    "rows": ("行", "rows"),
    "no_kind": ("未识别", "not recognised"),
    "unknown_kind": (
        "看不出这张表是什么记录，请指定类型",
        "it is not clear what this table holds; name a kind",
    ),
    "missing_required": ("缺少必填字段", "a required field has no column"),
    "contradiction": ("几列写入同一个字段", "several columns go to one field"),
    "ambiguous_dates": (
        "日和月无法分辨，请选 dmy 或 mdy",
        "day and month cannot be told apart; choose dmy or mdy",
    ),
    "unknown_target": (
        "编号对应的记录不在文件和工作区里，先作为文本保存",
        "the ids point to no known record; kept as text",
    ),
    "nested_records": (
        "单元格里是嵌套的记录：作为文本原样保存，不会变成单独的记录",
        "cells hold lists of records: kept as text, they do not become records of their own",
    ),
    "no_records": ("没有数据行", "there are no rows of data"),
    "created": ("新建", "created"),
    "updated": ("更新", "updated"),
    "unchanged": ("未变", "unchanged"),
    "rejected": ("拒收行", "rejected rows"),
    "conflicts": ("冲突（保留工作区的值）", "conflicts (the workspace's value was kept)"),
    "duplicates": ("可能重复", "possible duplicates"),
    "skipped": ("未导入的表", "tables not imported"),
    "report": ("详细报告", "full report"),
    "report_error": ("报告文件没有写全", "the report file is not whole"),
    "read": ("已读取行", "rows read"),
    "and_more": ("另有", "and more"),
    "assumed": (
        "没有人确认日月顺序，按此理解",
        "nobody confirmed the order of day and month; read as",
    ),
    "table": ("依据：同一张表的其他日期", "as the other dates of this table"),
    "files": ("依据：其他文件里的日期", "as the dates of the other files"),
    "region": ("依据：系统的地区设置", "as is usual in the region that this computer is set to"),
    "unknown_custom": ("列不认识，作为新字段保存", "kept as a new field"),
    "blocked": ("这张表不能这样导入", "this table cannot be imported like this"),
    "look": ("请留意", "please look"),
    "ragged": ("列数与表头不符", "the row does not fit the header"),
    "bad_value": ("值不合字段类型", "the value does not fit the field"),
    "total_line": ("这是合计行，不是记录", "a line of totals, no record"),
    "nameless": ("缺少名称", "there is no name"),
    "erased": ("此人已被删除，不再导入", "this person was erased and is not imported again"),
    "repeated_id": ("编号重复", "the id occurs twice"),
    "other_record": ("该编号已属于另一条记录", "the id already stands for another record"),
    "conflict": ("工作区的值已另行修改", "the workspace's value was changed since"),
    "ambiguous_reference": ("有多条同名记录", "several records go by this name"),
    "unknown_reference": ("找不到所指的记录", "there is no such record"),
}


def word(key: str, lang: Lang) -> str:
    """Return the words for a code, the code itself when there are none."""
    zh, en = _WORDS.get(key, (key, key))
    return zh if lang == "zh" else en


def problem_text(mapping: TableMapping, problem: Problem, lang: Lang) -> str:
    """Return a problem as one line."""
    where = f"{mapping.file} · {mapping.table}"
    named = f": {', '.join(problem.headers[:8])}" if problem.headers else ""
    options = f" [{', '.join(problem.options)}]" if problem.options else ""
    return f"{where}: {word(problem.code, lang)}{named}{options}"


def assumption_text(assumed: Assumption, lang: Lang) -> str:
    """Return an assumption as one line."""
    order = "DD/MM" if assumed.order == "dmy" else "MM/DD"
    where = f"{assumed.file} · {assumed.header}"
    return f"{where}: {word('assumed', lang)} {order} ({word(assumed.reason, lang)})"


def finding_text(finding: Finding, lang: Lang) -> str:
    """Return a finding as one line."""
    where = f"{finding.file} {finding.row} {finding.column}".rstrip()
    what = f"{finding.value[:60]!r} {finding.detail[:80]}".rstrip()
    return f"{where}: {word(finding.reason, lang)} {what}"


def report_lines(report: ImportReport, lang: Lang) -> tuple[str, ...]:
    """Return what an import did, line by line."""
    lines = []
    for key, counts in (("created", report.created), ("updated", report.updated)):
        if counts:
            shown = ", ".join(f"{kind} {count:,}" for kind, count in counts.items())
            lines.append(f"{word(key, lang)}: {sum(counts.values()):,} ({shown})")
    for key, number in (
        ("read", report.rows),
        ("unchanged", report.unchanged),
        ("rejected", report.rejected),
        ("conflicts", report.conflicts),
        ("duplicates", len(report.duplicates)),
    ):
        if number:
            lines.append(f"{word(key, lang)}: {number:,}")
    if report.skipped:
        lines.append(f"{word('skipped', lang)}: {'; '.join(report.skipped)}")
    lines += [f"! {assumption_text(one, lang)}" for one in report.assumptions]
    return (*lines, *_finding_lines(report, lang))


def _finding_lines(report: ImportReport, lang: Lang) -> list[str]:
    """Return what was not taken over as it stands, and where all of it is written."""
    lines = [f"  {finding_text(one, lang)}" for one in report.findings[:SHOWN]]
    if report.findings_total > SHOWN:
        lines.append(f"  {word('and_more', lang)}: {report.findings_total - SHOWN:,}")
    if report.path is not None:
        lines.append(f"{word('report', lang)}: {report.path}")
    if report.report_error:
        lines.append(f"! {word('report_error', lang)}: {report.report_error}")
    return lines
