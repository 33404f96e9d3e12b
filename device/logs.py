"""What goes to the log, and how it looks: state changes and one summary a minute; never an accession code."""

import logging
import os
import sys
import time

from device.loop.health import Health

SUMMARY_S = 60.0

log = logging.getLogger(__name__)


def set_up_logs(verbose: bool = False) -> None:
    """Send the log to standard error, where systemd's journal takes it.

    Args:
        verbose: one line for each frame as well.
    """
    # The journal stamps each line itself.
    form = "%(levelname)s %(message)s" if "JOURNAL_STREAM" in os.environ else "%(asctime)s %(levelname)s %(message)s"
    logging.basicConfig(stream=sys.stderr, format=form, level=logging.INFO)
    for name in ("device", "contract"):
        logging.getLogger(name).setLevel(logging.DEBUG if verbose else logging.INFO)
    # The library behind the page logs a line for each viewer that goes away; alembic one for each start.
    logging.getLogger("waitress").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def quieten_libraries() -> None:
    """Keep OpenCV and FFmpeg from telling what is ours to tell in one line, and numpy from taking every core.

    Call it before cv2 and numpy are imported.
    """
    # The threads of numpy's linear algebra wait for work by spinning: measured on 2 cores, they doubled the processor
    # time of a field, and its equations are too small to be shared out.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


class Summary:
    """Writes one line a minute about the live loop."""

    def __init__(self) -> None:
        self._due_s = time.monotonic() + SUMMARY_S

    def tell(self, health: Health) -> None:
        """Write the line if a minute has gone by since the last.

        Args:
            health: the live loop now.
        """
        now_s = time.monotonic()
        if now_s < self._due_s:
            return
        self._due_s = now_s + SUMMARY_S
        log.info(
            "%d frames at %.1f per second (%.0f ms each for the model), %d not analysed, %d skipped, %d recorded, "
            "%d cells counted",
            health.frames,
            health.frames_per_s,
            sum(health.stage_ms[stage] for stage in ("prepare", "infer", "read")),
            health.rejected,
            health.skipped,
            health.recorded,
            health.counted,
        )
