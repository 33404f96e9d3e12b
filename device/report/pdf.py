"""The report on one A4 page, drawn without a browser, a network or the machine's own fonts."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from contract.cell_types import UNIDENTIFIED
from contract.notice import RESEARCH_USE
from device.drawing.palette import style_of
from device.report.facts import Count, Line, Report
from device.report.fields import write_span, write_time
from device.report.pencil import FAINT, INK, SOFT
from device.report.sheet import Sheet

Words = Mapping[str, Any]

_TYPE, _COUNT, _PERCENT, _INTERVAL, _PLOT, _PLOT_END, _USUAL, _FLAG = (
    11.0,
    132.0,
    168.0,
    244.0,
    258.0,
    402.0,
    462.0,
    472.0,
)
"""Where columns begin, in points; numbers (count, percent, interval, reference range) end there."""

_CELLS_IN_ROW = 7


def draw_report(report: Report, words: Words, classes: Sequence[str]) -> bytes:
    """Draw a report.

    Args:
        report: of a slide.
        words: the page's sentences, all sections.
        classes: of the bundle, for the colours of types.

    Returns:
        A PDF of one A4 page.
    """
    file = io.BytesIO()
    said = words["report"]
    sheet = Sheet(file, f"{said['title']} {report.slide['accession']}", RESEARCH_USE)
    if report.state == "preliminary":
        sheet.watermark(said["preliminary_mark"])
    _draw_head(sheet, report, said)
    amended = report.state == "amended" and report.signature is not None
    _draw_count(sheet, report.shown, words, classes, report, _version(said, report) if amended else "")
    if amended:
        _draw_count(sheet, report.current, words, classes, report, said["as_now"])
    sheet.write(said["legend"].format(source=report.shown.source), size=6.5, colour=SOFT, after=5)
    _draw_signature(sheet, report, said)
    _draw_cells(sheet, report, words, classes)
    _draw_rest(sheet, report, said)
    sheet.foot(RESEARCH_USE, said["made"].format(at=write_time(report.made_at), slide=report.slide["id"]))
    sheet.save()
    return file.getvalue()


def _version(said: Words, report: Report) -> str:
    assert report.signature is not None, "what was amended was signed"
    return str(said["as_signed"].format(version=report.signature.version))


def _draw_head(sheet: Sheet, report: Report, said: Words) -> None:
    marks = [said["state"][report.state]] + ([said["simulated"]] if report.slide["simulated"] else [])
    sheet.head(said["title"], RESEARCH_USE, marks)
    slide = report.slide
    facts = (
        *((said["accession"], slide["accession"]), (said["operator"], slide["operator"])),
        *((said["device"], report.device), (said["camera"], slide["camera"])),
        *((said["opened"], write_time(slide["opened_at"])), (said["looked"], write_span(report.fields))),
        (said["bundle"], slide["bundle_id"]),
    )
    sheet.facts(facts)


def _draw_count(sheet: Sheet, count: Count, words: Words, classes: Sequence[str], report: Report, caption: str) -> None:
    said, none = words["report"], words["none"]
    if caption:
        sheet.write(caption, size=8.5, bold=True, after=1)
    sheet.row(10, INK)
    sheet.cell(0, said["type"], 6.5, colour=SOFT)
    for right, name in ((_COUNT, "count"), (_PERCENT, "percent"), (_INTERVAL, "interval"), (_USUAL, "usual")):
        sheet.number(right, said[name], 6.5, colour=SOFT)
    sheet.cell(_PLOT, "0", 6.5, colour=SOFT)
    sheet.number((_PLOT + _PLOT_END) / 2 + 4, "50", 6.5, colour=SOFT)
    sheet.number(_PLOT_END, "100 %", 6.5, colour=SOFT)
    sheet.cell(_FLAG, said["flag"], 6.5, colour=SOFT)
    for line in count.lines:
        _draw_line(sheet, line, count, words, classes, INK if line is count.lines[-1] else FAINT)
    sheet.row(13.5)
    sheet.cell(_TYPE, said["identified"])
    sheet.number(_COUNT, str(count.total), 9, bold=True)
    sheet.number(_PERCENT, "100" if count.total else none)
    sheet.cell(_PLOT, said["target"].format(target=report.slide["target"]), 7, colour=SOFT)
    sheet.row(13.5)
    sheet.swatch(style_of(UNIDENTIFIED).rgb)
    sheet.cell(_TYPE, said["unidentified"])
    sheet.number(_COUNT, str(count.unidentified), 9, bold=True)
    sheet.cell(_PLOT, said["unidentified_hint"], 7, colour=SOFT)
    sheet.space(3)


def _draw_line(
    sheet: Sheet, line: Line, count: Count, words: Words, classes: Sequence[str], below: tuple[int, int, int]
) -> None:
    said, none, share = words["report"], words["none"], line.share
    rgb = style_of(share.cell_type, classes).rgb
    sheet.row(13.5, below)
    sheet.swatch(rgb)
    sheet.cell(_TYPE, name_type(words, share.cell_type))
    sheet.number(_COUNT, str(share.count), 9, bold=True)
    sheet.number(_PERCENT, none if share.percent is None else str(share.percent), 9, bold=True)
    sheet.number(_INTERVAL, f"{share.low_percent:.1f}–{share.high_percent:.1f}" if count.total else none)
    usual = (line.usual.low, line.usual.high) if line.usual else None
    interval = (share.low_percent, share.high_percent) if count.total else None
    point = 100 * share.count / count.total if count.total else None
    sheet.bar(_PLOT, _PLOT_END, rgb, usual, interval, point)
    sheet.number(_USUAL, f"{usual[0]:g}–{usual[1]:g}" if usual else none)
    if line.judged.flag:
        mark = f" {said['sure_mark']}" if line.judged.sure else ""
        sheet.cell(_FLAG, f"{said[line.judged.flag]}{mark}", bold=True)


def name_type(words: Words, cell_type: str) -> str:
    """Give a type as people write it."""
    return str(words["cell_type"].get(cell_type, cell_type.replace("_", " ")))


def _draw_signature(sheet: Sheet, report: Report, said: Words) -> None:
    parts: list[tuple[str, bool]] = []
    for one in report.signatures[-2:]:
        signed = said["signed_by"].format(operator=one.operator, at=write_time(one.signed_at), version=one.version)
        parts.append((signed, True))
        if one.override_reason:
            parts.append((said["override"].format(reason=one.override_reason), False))
    if report.signature is None:
        parts = [(said["unsigned"], True), (said["unsigned_more"], False)]
    else:
        parts.append((report.signature.statement, False))
    if report.amendments:
        last = report.amendments[-1]
        changes = len(report.amendments)
        at = write_time(last.reviewed_at)
        parts.append((said["amended_by"].format(operator=last.operator, at=at, count=changes), True))
        parts.append((said["amended_reason"].format(reason=last.comment), False))
    sheet.box(said["signature"], parts, dashed=report.signature is None)


def _draw_cells(sheet: Sheet, report: Report, words: Words, classes: Sequence[str]) -> None:
    said = words["report"]
    picked = [one for _, cells in report.cells for one in cells]
    if not picked:
        return
    sheet.write(said["cells"], size=8.5, bold=True, after=2)
    for start in range(0, len(picked), _CELLS_IN_ROW):
        row = []
        for one in picked[start : start + _CELLS_IN_ROW]:
            how = "renamed" if one.renamed else "confirmed" if one.confirmed else "machine"
            told = said[how].format(percent=round(100 * one.confidence))
            row.append((one.jpeg, style_of(one.cell_type, classes).rgb, name_type(words, one.cell_type), told))
        sheet.pictures(row, _CELLS_IN_ROW, said["no_picture"])


def _draw_rest(sheet: Sheet, report: Report, said: Words) -> None:
    people, fields = report.people, report.fields
    names = ("counted", "confirmed", "renamed", "identified", "opened", "apart")
    counts = {name: getattr(people, name) for name in names}
    looked = said["fields"].format(count=fields.analysed)
    if fields.focus is not None:
        looked += " " + said["quality_words"].format(
            focus=f"{fields.focus:.1f}",
            luminance=f"{fields.mean_luminance:.0f}",
            saturated=f"{fields.saturated_percent:.1f}",
        )
    rejected = ", ".join(f"{reason} ({count})" for reason, count in fields.rejected[:4])
    left = [(said["people"], True), (said["people_words"].format(untouched=people.untouched, **counts), False)]
    left += [(said["quality"], True), (looked, False)]
    left += [(f"{said['rejected']} {rejected}.", False)] if rejected else []
    right = [(said["limits"].format(bundle=report.slide["bundle_id"]), True)]
    right += [(f"• {limit}", False) for limit in report.limits] or [(said["no_limits"], False)]
    right += [(report.attributes_note, False)] if report.attributes_note else []
    sheet.columns(left, right, said["cut"])
