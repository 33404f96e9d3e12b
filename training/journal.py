"""What a fit writes down as it goes: a line of log.csv and TensorBoard scalars for each judgement."""

import csv
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import tensorflow as tf

LOG_FILE = "log.csv"
TENSORBOARD_FOLDER = "tb"


class Journal:
    """Log of one run; continues an earlier one, dropping what was written after the checkpoint it continues from.

    Args:
        run: the run folder.
        step: steps done when it opens.
    """

    def __init__(self, run: Path, step: int) -> None:
        self._path = run / LOG_FILE
        self._tensorboard = str(run / TENSORBOARD_FOLDER)
        self._step = step
        self._writer: tf.summary.SummaryWriter | None = None

    def __enter__(self) -> "Journal":
        rows = [row for row in _read_rows(self._path) if int(row["step"]) <= self._step]
        _write_rows(self._path, rows)
        self._writer = tf.summary.create_file_writer(self._tensorboard)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.close()

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Add one judgement.

        Args:
            step: steps done.
            values: figures by name; a name not met before adds a column.
        """
        rows = _read_rows(self._path)
        rows.append({"step": str(step), **{name: f"{value:.6g}" for name, value in values.items()}})
        _write_rows(self._path, rows)
        assert self._writer is not None
        with self._writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(name, value)
        self._writer.flush()


def _read_rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    partial = path.with_suffix(".partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    partial.replace(path)
