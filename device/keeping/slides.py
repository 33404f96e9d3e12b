"""Which slide lies on the stage; the page changes it, the live loop asks."""

import threading
from dataclasses import dataclass

from device.keeping.store import Store


@dataclass(frozen=True, slots=True)
class OpenSlide:
    """The slide that is being counted.

    Attributes:
        id: its row in the store.
        accession: code of the slide, never a patient's name.
        operator: who counts; may be empty.
        target: white cells to count.
    """

    id: str
    accession: str
    operator: str
    target: int


class Slides:
    """Opens slides and knows the one that is open; any thread may ask.

    Args:
        store: where slides are kept.
        bundle_id: bundle in use, written on each slide.
        camera: name of the source, written on each slide.
        simulated: True if the pictures are drawn.
    """

    def __init__(self, store: Store, *, bundle_id: str, camera: str, simulated: bool) -> None:
        self._store = store
        self._bundle_id = bundle_id
        self._camera = camera
        self._simulated = simulated
        self._lock = threading.Lock()
        self._current: OpenSlide | None = None

    @property
    def of(self) -> tuple[str, str, bool]:
        """Bundle, camera, and whether pictures are drawn: what slides of this run have in common."""
        return self._bundle_id, self._camera, self._simulated

    @property
    def current(self) -> OpenSlide:
        """The open slide; the daemon opens one before anyone can ask."""
        if self._current is None:
            raise RuntimeError("slides: none was opened yet (expected open() first)")
        return self._current

    def resume(self, slide: OpenSlide) -> OpenSlide:
        """Go on with a slide that was counted before.

        Args:
            slide: stored, and of the bundle in use.

        Returns:
            The slide, which is current from now on.
        """
        with self._lock:
            self._current = slide
            return slide

    def open(self, *, accession: str, operator: str, target: int) -> OpenSlide:
        """Begin a slide; the one before it is thereby done.

        Args:
            accession: code of the slide, never a patient's name.
            operator: who counts; may be empty.
            target: white cells to count, >= 1.

        Returns:
            The slide, which is current from now on.
        """
        with self._lock:
            slide_id = self._store.open_slide(
                accession=accession,
                operator=operator,
                bundle_id=self._bundle_id,
                target=target,
                camera=self._camera,
                simulated=self._simulated,
            )
            self._current = OpenSlide(slide_id, accession, operator, target)
            return self._current
