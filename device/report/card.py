"""What a bundle's card says of its limits, for those who read a result without the card."""

from pathlib import Path

from contract.bundle import Bundle

_HEADING = "## Limits"


def read_limits(bundle: Bundle, bundle_id: str) -> tuple[str, ...]:
    """Read the limits of the bundle that a slide was counted with.

    Args:
        bundle: the one that runs.
        bundle_id: the one that is on the slide.

    Returns:
        One sentence or more for each limit; none where another bundle runs now, or the card lists none.
    """
    card = bundle.folder / "card.md"
    if bundle.bundle_id != bundle_id or not card.is_file():
        return ()
    return tuple(_find_limits(card))


def _find_limits(card: Path) -> list[str]:
    found: list[str] = []
    inside = False
    for line in card.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            inside = line.strip() == _HEADING
        elif inside and line.startswith("- "):
            found.append(_plain(line[2:]))
        elif inside and line.strip() and found:
            found[-1] += f" {_plain(line)}"
    return found


def _plain(line: str) -> str:
    return line.strip().replace("*", "").replace("`", "")
