"""What a reader should know of a run beside its figures, and what tells its weights from all others."""

import hashlib
from pathlib import Path

from training.description import Description
from training.runs import BEST_FILE, RunRecord

TOLD = ("steps", "minutes", "batch", "window", "rate", "seed", "judge_on")


def hash_weights(run: Path) -> str:
    """Give the sha256 of a run's best weights.

    Args:
        run: folder with weights.

    Returns:
        Hexadecimal digits.
    """
    return hashlib.sha256((run / BEST_FILE).read_bytes()).hexdigest()


def describe_run(run: Path, record: RunRecord, description: Description) -> list[tuple[str, str]]:
    """List what a report tells of a run.

    Args:
        run: its folder.
        record: of the run.
        description: of the data it is measured on.

    Returns:
        Labels and values.
    """
    fit = ", ".join(f"{name} {record.fit[name]}" for name in TOLD if record.fit.get(name) not in (None, [], ()))
    facts = [("fitted with", fit or "nothing was noted"), ("weights", f"sha256 {hash_weights(run)[:12]}")]
    here = {one.name: one.fingerprint for one in description.sources}
    if record.data != here:
        changed = sorted(name for name in {*here, *record.data} if here.get(name) != record.data.get(name))
        names = ", ".join(changed)
        facts.append(
            ("beware", f"the run was fitted on other data than these ({names}): what it was taught is not known")
        )
    return facts
