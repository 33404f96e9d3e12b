"""The report as a table for programs: one line for each cell type, everything else repeated beside it."""

import csv
import io
from collections.abc import Iterator

from contract.moments import write_moment
from contract.notice import RESEARCH_USE
from device.report.facts import Count, Report

COLUMNS = (
    *("accession", "slide_id", "operator", "device", "bundle_id", "opened_at", "simulated", "state", "count_of"),
    *("signed_by", "signed_at", "override_reason", "cell_type", "count", "percent", "low_percent", "high_percent"),
    *("reference_low", "reference_high", "flag", "flag_sure", "total", "unidentified", "reference_source", "notice"),
)
"""`count_of` is `signed` for what was signed, `now` for what is counted now."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would run what begins so."""


def write_table(report: Report) -> str:
    """Write a report as CSV.

    Args:
        report: of a slide.

    Returns:
        RFC 4180 text with a line of `COLUMNS`; texts that a spreadsheet would run are led by an apostrophe.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for of, count in (("signed", report.signed), ("now", report.current)):
        if count is not None:
            writer.writerows(_tell(report, of, count))
    return text.getvalue()


def _tell(report: Report, of: str, count: Count) -> Iterator[dict[str, object]]:
    newest = report.signature
    beside: dict[str, object] = {name: report.slide[name] for name in ("accession", "operator", "bundle_id")}
    beside |= {"slide_id": report.slide["id"], "device": report.device, "state": report.state, "count_of": of}
    beside |= {"opened_at": write_moment(report.slide["opened_at"]), "simulated": report.slide["simulated"]}
    beside |= {"signed_by": newest.operator if newest else "", "reference_source": count.source}
    beside |= {"signed_at": write_moment(newest.signed_at) if newest else "", "notice": RESEARCH_USE}
    beside |= {"override_reason": (newest.override_reason or "") if newest else ""}
    beside |= {"total": count.total, "unidentified": count.unidentified}
    for line in count.lines:
        row: dict[str, object] = {"cell_type": line.share.cell_type, "count": line.share.count}
        row |= {"percent": line.share.percent, "low_percent": f"{line.share.low_percent:.2f}"}
        row |= {"high_percent": f"{line.share.high_percent:.2f}", "flag": line.judged.flag or ""}
        row |= {"flag_sure": line.judged.sure, "reference_low": line.usual.low if line.usual else ""}
        row |= {"reference_high": line.usual.high if line.usual else ""}
        yield {name: _disarm(value) for name, value in (beside | row).items()}


def _disarm(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
