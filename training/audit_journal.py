"""What of an audit is done already, so that an interrupted one goes on where it stopped."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from training.audit_read import Answer

JOURNAL_FILE = "audit.jsonl"


class AuditJournal:
    """Finished alterations, one line each; a line cut short by a power cut is done again.

    Args:
        path: the file; lines of other models, data or settings are kept and not used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._done: dict[str, list[Answer]] = {}
        self._broken_end = False
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            self._broken_end = bool(text) and not text.endswith("\n")
            for line in text.splitlines():
                self._read(line)

    def find(self, key: str) -> list[Answer] | None:
        """Give what was answered under a key; None where that is not done."""
        return self._done.get(key)

    def note(self, key: str, answers: Sequence[Answer]) -> None:
        """Keep what was answered under a key."""
        self._done[key] = list(answers)
        with self._path.open("a", encoding="utf-8") as file:
            if self._broken_end:
                file.write("\n")
                self._broken_end = False
            file.write(json.dumps({"key": key, "answers": [list(answer) for answer in answers]}) + "\n")

    def _read(self, line: str) -> None:
        try:
            entry = json.loads(line)
            self._done[entry["key"]] = [Answer(*values) for values in entry["answers"]]
        except (ValueError, KeyError, TypeError):
            return  # cut short while it was written: that alteration is made again


def make_key(*parts: object) -> str:
    """Make a key of everything an answer depends on."""
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()[:24]
