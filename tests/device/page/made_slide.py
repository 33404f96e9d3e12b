"""A counted slide with pictures, as the live loop leaves it: what reviewing is tried on."""

from itertools import cycle, islice

from contract.cell_types import DIFFERENTIAL_ORDER, UNIDENTIFIED
from device.keeping.pictures import take_picture
from device.preclassification import Judged, StagePosition
from tests.device.page.made_instrument import make_annotated

MIXED = (*DIFFERENTIAL_ORDER[:3], UNIDENTIFIED)


def keep_field(instrument, annotated, *, picture=True):
    """Record a field with its cells, all counted, and its picture; gives the field's id."""
    prediction = annotated.prediction
    kept = take_picture(prediction.frame) if picture else None
    if kept is not None:
        assert instrument.pictures.write(kept)
    place = StagePosition(x_um=100.0 * prediction.frame.seq, y_um=0.0, region=1, still=True)
    judged = Judged(prediction, place, (True,) * len(prediction.cells), True)
    return instrument.store.add_field(instrument.slides.current.id, judged, kept)


def count_slide(instrument, cells, types=MIXED, *, per_field=4, first_seq=1):
    """Count so many cells on the open slide, field by field; gives the slide's id."""
    names = list(islice(cycle(types), cells))
    for seq, field in enumerate(_batch(names, per_field), start=first_seq):
        keep_field(instrument, make_annotated(seq, field, shape=(240, 60 + 110 * per_field)))
    return instrument.slides.current.id


def _batch(names, size):
    return [tuple(names[at : at + size]) for at in range(0, len(names), size)]
