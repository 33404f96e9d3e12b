"""How often a split was looked at before: a test split that was looked at often is a validation split."""

import json
from datetime import UTC, datetime
from pathlib import Path

LOG_FILE = "evaluations.jsonl"


def note_look(folder: Path, split: str, data_created: str, subject: str) -> int:
    """Write down that a split was evaluated.

    Args:
        folder: where the evaluation's report goes.
        split: that was looked at.
        data_created: when the prepared folder was made, which tells it from others.
        subject: what tells this model from another.

    Returns:
        How often this folder's log had it before, for any model.
    """
    path = folder / LOG_FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    before = sum(_is_of(line, split, data_created) for line in lines)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    entry = {"when": now, "split": split, "data_created": data_created, "model": subject}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
    return before


def _is_of(line: str, split: str, data_created: str) -> bool:
    try:
        entry = json.loads(line)
    except ValueError:
        return False  # cut short by a power cut
    return bool(entry.get("split") == split and entry.get("data_created") == data_created)
