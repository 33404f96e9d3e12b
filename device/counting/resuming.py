"""Which slide a program that was started again goes on with."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select

from contract.tables import device, slide
from device.keeping.slides import OpenSlide, Slides
from device.review.signed import find_signature


def find_resumable(engine: Engine, slides: Slides, within_h: float) -> OpenSlide | None:
    """Find the slide that lay on the stage when the program stopped.

    Args:
        engine: `Store.readers`.
        slides: of this run: another bundle or camera would count another way.
        within_h: hours since it was opened; 0: never go on.

    Returns:
        The newest slide; None where it is older, signed, or of another bundle or camera.
    """
    with engine.connect() as connection:
        # the sequence of this very device has an index
        own = select(slide).where(slide.c.device_id == select(device.c.id).scalar_subquery())
        newest = connection.execute(own.order_by(slide.c.seq.desc()).limit(1)).one_or_none()
    if newest is None or newest.opened_at < datetime.now(UTC) - timedelta(hours=within_h):
        return None
    same = (newest.bundle_id, newest.camera, newest.simulated) == slides.of
    if not same or find_signature(engine, newest.id) is not None:
        return None
    return OpenSlide(newest.id, newest.accession, newest.operator, newest.target)
