"""What `leukoscope.toml` says beside each default: unit and reason stand there and nowhere else."""

import re
import tomllib
from functools import cache

from contract.settings_files import DEFAULTS

_TABLE = re.compile(r"\s*\[([\w.]+)\]\s*(?:#\s*(.*))?")
_KEY = re.compile(r"\s*(\w+)\s*=")


@cache
def read_texts() -> dict[str, str]:
    """Read the comment beside every setting and every section.

    Returns:
        Text by dotted name, "device.fps" and "device.sensor"; empty where nothing stands beside it.
    """
    table, texts = "", {}
    for line in DEFAULTS.read_text(encoding="utf-8").splitlines():
        if head := _TABLE.fullmatch(line):
            table = head[1]
            texts[table] = head[2] or ""
        elif found := _KEY.match(line):
            texts[f"{table}.{found[1]}"] = _find_comment(line)
    return texts


def _find_comment(line: str) -> str:
    """Find where the comment begins: the first # before which a whole line of TOML stands; one in a text is none."""
    whole = tomllib.loads(line)
    for at, character in enumerate(line):
        if character == "#":
            try:
                if tomllib.loads(line[:at]) == whole:
                    return line[at + 1 :].strip()
            except tomllib.TOMLDecodeError:
                continue
    return ""
