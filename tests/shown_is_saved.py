"""What is shown is what is saved: captures taken while the stage moves, each compared in all its records.

    python -m tests.shown_is_saved [CAPTURES]

The real program runs on the simulated camera in motion. A viewer pulls pictures as the page does and captures the one
it was given last, while newer ones go by. Of each capture these must be of one frame: the header of the picture that
was pulled, the row of the field, the pixels of the raw file, the JSON beside it, and the sums of the files in its row.
"""

import hashlib
import json
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from contract.image import read_rgb
from tests.running import get, post_json, started, wait_for

CAMERA = "simulated:11:2"
QUERY = """
SELECT field.frame_seq, field.frame_sha256, raw_path, annotated_path, raw_sha256, annotated_sha256
FROM capture JOIN field ON field.id = capture.field_id WHERE capture.id = ?
"""


def main() -> None:
    """Take the captures, compare them, and end with 1 where one does not agree."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        captured, passed_by, wrong = compare_captures(Path(folder), count)
    print(f"{captured} captures, {passed_by} of frames that were no longer the newest: {len(wrong)} disagree")
    for line in wrong:
        print(line)
    sys.exit(bool(wrong) or captured < count)


def compare_captures(folder: Path, count: int) -> tuple[int, int, list[str]]:
    """Give how many captures were compared, of how many a newer frame was there already, and what disagreed."""
    command = [str(Path(sys.executable).with_name("leukoscope")), "run", "--bundle", "wbc5", "--camera", CAMERA]
    with started([*command, "--data-dir", str(folder), "--port", "0", "--fps", "20"]) as program:
        address = program.address()
        taken = capture_in_motion(address, count)
        passed_by = sum(newest > seq for _, seq, _, newest in taken)
        assert program.stop() == 0, program.text
    with closing(sqlite3.connect(f"file:{folder / 'leukoscope.sqlite'}?mode=ro", uri=True)) as database:
        wrong = [line for one in taken for line in compare(folder, database, *one[:3])]
    assert len({seq for _, seq, _, _ in taken}) == len({capture_id for capture_id, _, _, _ in taken}) == count
    return len(taken), passed_by, wrong


def capture_in_motion(address: str, count: int) -> list[tuple[str, int, str, int]]:
    """Pull, let the stage go on, capture: id, number and hash of the frame that was shown, number of the newest."""
    taken, newest = [], 0
    while len(taken) < count:
        seq, shown = pull(address, newest)
        newest = pull(address, seq)[0] if len(taken) % 2 else seq  # every other one late, as a person is
        saved = post_json(address, "/api/v1/captures", {"seq": seq})
        taken.append((saved["id"], seq, shown, newest))
    return taken


def pull(address: str, after: int) -> tuple[int, str]:
    """Give number and hash of the next picture, as its header says."""

    def ask() -> tuple[int, str] | None:
        _, headers, status = get(address, f"/api/v1/view.jpg?after={after}")
        return (int(headers["X-Frame-Seq"]), headers["X-Frame-Sha256"]) if status == 200 else None

    return wait_for(ask, "a newer frame")


def compare(folder: Path, database: sqlite3.Connection, capture_id: str, seq: int, shown: str) -> list[str]:
    """Say what of a capture is not of the frame that was shown."""
    number, in_row, raw, annotated, raw_sum, annotated_sum = database.execute(QUERY, (capture_id,)).fetchone()
    facts = json.loads((folder / raw.replace("_raw.png", ".json")).read_text())
    found = {
        "row of the field": (number, in_row),
        "pixels of the raw file": (seq, hashlib.sha256(read_rgb(folder / raw).tobytes()).hexdigest()),
        "JSON beside it": (facts["seq"], facts["sha256"]),
    }
    expected = (seq, shown)
    wrong = [f"capture {capture_id}: {what} is {one}, not {expected}" for what, one in found.items() if one != expected]
    for path, told in ((raw, raw_sum), (annotated, annotated_sum)):
        if hashlib.sha256((folder / path).read_bytes()).hexdigest() != told:
            wrong.append(f"capture {capture_id}: {path} is not the file of its row")
    return wrong


if __name__ == "__main__":
    main()
