"""What came of each fault: noticed, told, over."""

from dataclasses import dataclass
from datetime import timedelta

from tests.faults.plan import EVENTS, Fault

NOTICED_S, BACK_S = 3.0, 5.0
SLACK_S = 0.3  # clocks of three programs, and a picture on its way through the daemon


@dataclass(frozen=True)
class Trial:
    fault: Fault
    noticed_s: float | None  # from the fault's begin to its event
    back_s: float | None  # from its end to the first new frame on the page
    recovered_s: float | None  # from its end to the event that says so

    @property
    def wrong(self):
        if self.noticed_s is None:
            return "no event"
        if self.noticed_s > NOTICED_S + SLACK_S:
            return f"noticed after {self.noticed_s:.1f} s"
        if self.back_s is None or self.back_s > BACK_S + SLACK_S:
            return f"back after {self.back_s and round(self.back_s, 1)} s"
        return "" if self.recovered_s is not None else "its end is not told"


def judge(faults, events, seen, begun_s, begun_at):
    """Compare what was injected with what was written down and shown.

    Args:
        faults: as planned.
        events: as `tests.faults.daemon.read_events` gives them.
        seen: frames of the page.
        begun_s, begun_at: moment of the begin, by both clocks.
    """
    trials = []
    for number, fault in enumerate(faults):
        until_s = faults[number + 1].begin_s if number + 1 < len(faults) else float("inf")
        told = [((at - begun_at) / timedelta(seconds=1), kind) for at, _, kind, _ in events]
        noticed = _first(told, {EVENTS[fault.kind]}, fault.begin_s, until_s)
        recovered = _first(told, {"camera_recovered"}, noticed if noticed is not None else fault.end_s, until_s)
        back = next(
            (one.at_s - begun_s for one in seen if one.number is not None and one.at_s - begun_s > fault.end_s), None
        )
        trials.append(
            Trial(
                fault,
                None if noticed is None else noticed - fault.begin_s,
                None if back is None or back > until_s else back - fault.end_s,
                None if recovered is None else recovered - fault.end_s,
            )
        )
    return trials


def _first(told, kinds, after_s, until_s):
    return next((at_s for at_s, kind in told if kind in kinds and after_s <= at_s < until_s), None)


def tabulate(trials):
    """A line for each kind: how many, and median and longest times."""
    lines = ["fault        times  noticed after s   picture back s    end told after s   wrong"]
    lines.append("                     median  longest   median  longest   median  longest")
    for kind in EVENTS:
        of_kind = [trial for trial in trials if trial.fault.kind == kind]
        if of_kind:
            spans = (
                _span([getattr(trial, name) for trial in of_kind]) for name in ("noticed_s", "back_s", "recovered_s")
            )
            lines.append(
                f"{kind:<12}{len(of_kind):>6}  {'  '.join(spans)}   {sum(bool(trial.wrong) for trial in of_kind):>5}"
            )
    return "\n".join(lines)


def _span(times):
    known = sorted(time for time in times if time is not None)
    if not known:
        return f"{'-':>7}{'-':>9}"
    return f"{known[len(known) // 2]:>7.1f}{known[-1]:>9.1f}"
