"""The words of a report, in both languages."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, dict[str, str]]] = {
    "zh-Hant": {
        "Violation": "錯誤", "Warning": "警告", "Info": "提醒",
        "cell": "儲存格", "heading": "欄位", "value": "內容", "what": "問題與處理方式",
        "file": "檔案", "sheet": "工作表", "row": "列", "column": "欄", "rule": "規則", "severity": "嚴重程度",
        "message": "說明", "suggestion": "建議", "member": "第幾項", "node": "節點",
        "table": "{name}（表單：{form}；{records} 筆）", "row_only": "第 {row} 列", "file_only": "整個檔案",
        "member_of": "{cell} 第 {member} 項", "several": "{cell} 等 {count} 格", "cells": "儲存格：",
        "empty": "—", "fine": "沒有發現問題。",
        "not_checked": "未檢核（本表沒有這些欄位）：", "between": "、", "of": "{name}（{number}）",
        "summary": "合計：{tables} 個資料表、{records} 筆資料；錯誤 {violations}、警告 {warnings}、提醒 {infos}。",
        "by_rule": "依規則：", "count": "{name}\u00a0{count}", "rule_set": "檢核規則：{title}（{token}，{issued}）",
        "more": "……另有 {count} 項，完整內容請輸出 CSV 或 JSON。",
    },
    "en": {
        "Violation": "error", "Warning": "warning", "Info": "note",
        "cell": "cell", "heading": "heading", "value": "content", "what": "what is wrong and what to do",
        "file": "file", "sheet": "sheet", "row": "row", "column": "column", "rule": "rule", "severity": "severity",
        "message": "message", "suggestion": "suggestion", "member": "member", "node": "node",
        "table": "{name} (form: {form}; {records} records)", "row_only": "row {row}", "file_only": "whole file",
        "member_of": "{cell} member {member}", "several": "{cell}, {count} cells", "cells": "Cells: ",
        "empty": "—", "fine": "Nothing was found.",
        "not_checked": "Not checked (this table has no such column): ", "between": ", ", "of": "{name} ({number})",
        "summary": "In all: {tables} tables, {records} records; errors {violations}, warnings {warnings}, notes {infos}.",
        "by_rule": "By rule: ", "count": "{name}\u00a0{count}", "rule_set": "Rules: {title} ({token}, {issued})",
        "more": "… and {count} more; write CSV or JSON for all of them.",
    },
}
