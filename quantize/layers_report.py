"""The page that shows which layer of the int8 file loses what: a plot along the network and a table, worst first."""

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from contract.notice import RESEARCH_USE
from contract.settings import QuantizeSettings
from quantize.convert import convert
from quantize.layers import SHOWN, Layer, compare_on_canvases, find_costliest
from quantize.opened import open_for_quantizing
from training.report import render, to_json

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class LayersMade:
    """How a comparison of layers was made: the call, the run's and the data's name."""

    command: str
    run: str
    data: str


def debug_run(run: Path, data: Path, out: Path, settings: QuantizeSettings, command: str) -> Layer:
    """Convert a run, compare its layers and write the page.

    Args:
        run: made by `leukoscope-train fit`.
        data: made by `leukoscope-train prepare`.
        out: folder that receives layers.html and layers.json.
        settings: representative set.
        command: that asked for it.

    Returns:
        The layer that costs most.
    """
    opened = open_for_quantizing(run, data)
    representative = opened.choose_representative(settings)
    files = convert(opened.build_network(), representative.canvases)
    layers = compare_on_canvases(files, representative.canvases)
    write_layers(out, layers, LayersMade(command, run.name, data.name))
    return find_costliest(layers)


def write_layers(folder: Path, layers: Sequence[Layer], made: LayersMade) -> None:
    """Write layers.json for programs and layers.html, which needs no other file, for people.

    Args:
        folder: made where needed.
        layers: compared, in the order in which they run.
        made: how.
    """
    folder.mkdir(parents=True, exist_ok=True)
    told = {"notice": RESEARCH_USE, "made": made, "layers": layers}
    (folder / "layers.json").write_text(json.dumps(to_json(told), indent=2) + "\n", encoding="utf-8")
    page = render(
        "layers.html",
        TEMPLATES,
        notice=RESEARCH_USE,
        made=made,
        shown=SHOWN,
        worst=find_costliest(layers),
        layers=sorted(layers, key=lambda layer: -layer.added),
        picture=base64.b64encode(draw_layers(layers)).decode(),
    )
    (folder / "layers.html").write_text(page, encoding="utf-8")


def draw_layers(layers: Sequence[Layer]) -> bytes:
    """Draw signal over noise along the network, and what each layer adds.

    Args:
        layers: in the order in which they run.

    Returns:
        PNG.
    """
    places = range(len(layers))
    figure = Figure(figsize=(15, 8), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    above.plot(places, [layer.sqnr_db for layer in layers], marker="o", markersize=4, color="#005ab5")
    above.set(ylabel="signal over noise (dB)", title="How int8 departs from float, layer by layer")
    above.grid(alpha=0.3)
    # hatched, so that what a layer adds and what it averages away differ by more than colour
    added = [100 * layer.added for layer in layers]
    below.bar(places, added, color="#dc3220", hatch=["//" if value < 0 else "" for value in added], edgecolor="white")
    below.axhline(0, color="black", linewidth=0.8)
    below.set(ylabel="noise added (% of the signal's power)", xticks=list(places))
    below.set_xticklabels([layer.name for layer in layers], rotation=90, fontsize=8)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=90)
    return file.getvalue()
