"""What was found on arm64, as a table and as JSON."""

import json
from collections.abc import Sequence
from pathlib import Path

from tests.arm64.cases import Outcome

HEADER = (
    "| system | board | runtime | XNNPACK | bundle | examples | outputs that differ | largest step (limit) | passed |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def write_report(outcomes: Sequence[Outcome], checks: dict[str, str], folder: Path) -> str:
    """Write `report.md` and `report.json`.

    Args:
        outcomes: of all cases.
        checks: what `leukoscope check` printed, by system.
        folder: made if need be.

    Returns:
        The page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page = "\n".join(
        [
            "# The self-test on arm64, emulated",
            "",
            "Written by `make test-arm64`. Emulation proves that things work and what they compute, never how fast.",
            "",
            HEADER,
            *(_write_row(outcome) for outcome in outcomes),
            "",
            *(f"`leukoscope check` on {name}:\n\n```\n{lines.strip()}\n```\n" for name, lines in checks.items()),
        ]
    )
    (folder / "report.md").write_text(page, encoding="utf-8")
    (folder / "report.json").write_text(json.dumps([_flatten(outcome) for outcome in outcomes], indent=1) + "\n")
    return page


def _write_row(outcome: Outcome) -> str:
    case, found, passed = outcome.case, outcome.found, "yes" if outcome.passed else "NO"
    board = case.board.name if case.sees_sys else f"{case.board.name} without /sys"
    if found is None:
        said = outcome.said.splitlines()[-1] if outcome.said else "nothing"
        ended = f"ended with {outcome.exit_code}: {said}"
        return f"| {case.suite.name} | {board} | {ended} | | {case.bundle} | | | | {passed} |"
    heads = found["heads"].values()
    differing, compared = (sum(head[name] for head in heads) for name in ("differing", "compared"))
    largest = max(head["largest_step"] for head in heads)
    cells = (
        f"{case.suite.name}, Python {found['python']}, numpy {found['numpy']}",
        board,
        found["runtime"],
        "yes" if found["xnnpack"] else "no",
        found["bundle_id"],
        found["inputs"],
        f"{differing} of {compared} ({differing / compared:.2%})",
        f"{largest} ({found['accepted_steps']})",
        passed,
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _flatten(outcome: Outcome) -> dict[str, object]:
    case = outcome.case
    tried = {"suite": case.suite.name, "board": case.board.name, "extra": case.extra, "sees_sys": case.sees_sys}
    went = {"exit_code": outcome.exit_code, "passed": outcome.passed, "found": outcome.found, "said": outcome.said}
    return tried | {"bundle": case.bundle} | went
