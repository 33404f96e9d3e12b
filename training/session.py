"""The training loop: steps, judgements, checkpoints, and the reasons to stop."""

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import tensorflow as tf
from tqdm import tqdm

from training.dataset import Batch
from training.fit_config import FitConfig
from training.journal import Journal
from training.learner import Learner
from training.model import build_model
from training.pool import Pool
from training.runs import BEST_FILE, RunRecord
from training.validation import judge

SHOWN_EVERY = 10  # steps between looks at the loss, each of which waits for the device


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a fit ended: steps done, best score so far, and why it stopped."""

    steps: int
    best: float
    reason: str


@dataclass(slots=True)
class Session:
    """One sitting of a run, from where it stands to its end or an interruption.

    Args:
        learner: the network under training.
        val: pictures that judge it.
        config: how it is trained.
        record: what the run is.
        run: its folder.
        journal: open log.
        manager: keeper of the last checkpoint.
    """

    learner: Learner
    val: Pool
    config: FitConfig
    record: RunRecord
    run: Path
    journal: Journal
    manager: tf.train.CheckpointManager
    _sums: dict[str, float] = field(default_factory=dict)
    _counted: int = 0

    def advance(self, batches: Iterator[Batch]) -> Outcome:
        """Train until the run ends or SIGINT arrives; a second SIGINT ends it at once, at the last checkpoint.

        Args:
            batches: training batches, from the step where the run stands.

        Returns:
            How it ended; everything is saved.
        """
        progress = self.learner.progress
        bar = tqdm(
            total=self.config.steps, initial=int(progress.step), unit="step", dynamic_ncols=True, mininterval=1.0
        )
        with _listen_for_interrupt() as interrupted, bar:
            while not (reason := self._reason_to_stop(interrupted)):
                started = time.monotonic()
                self._learn(next(batches), bar)
                progress.seconds.assign_add(time.monotonic() - started)
                if int(progress.step) % self.config.judge_every == 0:
                    self._judge(bar)
            if reason != "interrupted" and self._counted:
                self._judge(bar)
            self.manager.save()
        return Outcome(int(progress.step), float(progress.best), reason)

    def _reason_to_stop(self, interrupted: threading.Event) -> str:
        progress = self.learner.progress
        if interrupted.is_set():
            return "interrupted"
        if int(progress.waited) >= self.config.patience:
            return "patience"
        return "finished" if self._share_done() >= 1.0 else ""

    def _share_done(self) -> float:
        progress = self.learner.progress
        share = int(progress.step) / self.config.steps
        if self.config.minutes is not None:
            share = max(share, float(progress.seconds) / 60.0 / self.config.minutes)
        return share

    def _learn(self, batch: Batch, bar: Any) -> None:
        parts = self.learner.learn(batch, learning_rate(self._share_done(), self.config))
        bar.update()
        if int(self.learner.progress.step) % SHOWN_EVERY == 0 or not self._counted:
            for name, value in parts.items():
                self._sums[name] = self._sums.get(name, 0.0) + float(value)
            self._counted += 1
            bar.set_postfix(loss=f"{sum(self._sums.values()) / self._counted:.3f}", refresh=False)

    def _judge(self, bar: Any) -> None:
        """Judge the averaged weights, keep them if they are the best, write the log, save the checkpoint."""
        judgement = judge(
            self.learner.infer, self.val, self.config.window, self.config.batch, frozenset(self.config.judge_on)
        )
        progress = self.learner.progress
        better = judgement.score > float(progress.best)
        if better:
            progress.best.assign(judgement.score)
            self._keep_best()
        progress.waited.assign(0 if better else progress.waited + 1)
        losses = {f"loss_{name}": value / self._counted for name, value in self._sums.items()}
        known = {"minutes": float(progress.seconds) / 60.0, "loss": sum(losses.values()), **losses}
        self.journal.write(int(progress.step), {**known, "score": judgement.score, **judgement.figures})
        figures = " ".join(f"{name} {value:.3f}" for name, value in judgement.figures.items())
        bar.write(f"step {int(progress.step)}: loss {known['loss']:.3f} score {judgement.score:.4f} {figures}")
        self._sums, self._counted = {}, 0
        self.manager.save()

    def _keep_best(self) -> None:
        best = build_model(self.record.model, (self.record.input_height, self.record.input_width))
        best.set_weights(self.learner.averaged.get_weights())
        partial = self.run / f"partial-{BEST_FILE}"
        best.save(partial)
        partial.replace(self.run / BEST_FILE)


def learning_rate(share: float, config: FitConfig) -> float:
    """Linear warm-up, then a cosine down to zero.

    Args:
        share: how much of the run is done, 0..1.
        config: gives the peak and the share of warm-up.

    Returns:
        The rate; a fiftieth of the peak at the very start, so that the first step moves something.
    """
    if share < config.warm_up:
        return config.rate * max(0.02, share / config.warm_up)
    falling = min(1.0, (share - config.warm_up) / (1.0 - config.warm_up))
    return config.rate * 0.5 * (1.0 + math.cos(math.pi * falling))


@contextmanager
def _listen_for_interrupt() -> Iterator[threading.Event]:
    """Turn the first SIGINT into an event that the loop looks at; only the main thread can."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return

    def note(_number: int, _frame: FrameType | None) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
