"""Heat maps as files: one picture for each white cell of a prediction."""

from pathlib import Path

from contract.evidence import describe_evidence
from contract.image import encode_png
from device.drawing.heat_map import find_heat
from device.drawing.heat_picture import draw_heat_map
from device.drawing.occlusion import cover_and_look
from device.network.classifier import Analysis, Classifier


def write_heat_maps(stem: Path, analysis: Analysis, classifier: Classifier, *, cover: bool) -> None:
    """Draw each cell of a field with what speaks for its likeliest class.

    Args:
        stem: path that the files' names begin with; `_cell0.png` and so on follow, in the order of the prediction.
        analysis: of the field.
        classifier: that made it.
        cover: also cover the cell place by place and look again, some network passes for each cell.
    """
    prediction = analysis.prediction
    if prediction.places is None:
        raise ValueError("places: None (expected a prediction fresh from the classifier)")
    frame, classes = prediction.frame, classifier.bundle.manifest.classes
    stem.parent.mkdir(parents=True, exist_ok=True)
    for number, cell in enumerate(prediction.cells):
        heats = [find_heat(cell, prediction.places, classes)]
        if cover:
            heats.append(cover_and_look(cell, analysis.prepared, classifier))
        picture = draw_heat_map(frame.view, cell, heats, describe_evidence(cell), frame.um_per_px)
        stem.with_name(f"{stem.name}_cell{number}.png").write_bytes(encode_png(picture))
