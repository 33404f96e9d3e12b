"""Layer by layer: where int8 departs from float is found, and shown."""

import json
import re

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from click.testing import CliRunner

from contract.notice import RESEARCH_USE
from quantize.cli import quantize
from quantize.convert import FLOAT32, INT8
from quantize.layers import LayersError, compare_layers, find_costliest
from quantize.slim import _SharingBuilder, name_layer, slim_file


def damage(content, layer):
    """Write the file again with the weights of one layer set to zero."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    graph = model.subgraphs[0]
    for operation in graph.operators:
        if name_layer(graph.tensors[operation.outputs[0]].name.decode()) == layer:
            weights = model.buffers[graph.tensors[operation.inputs[1]].buffer]
            weights.data = np.zeros_like(weights.data)
    builder = _SharingBuilder(len(content))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def test_every_head_is_compared_and_none_is_lost_in_noise(converted, canvases):
    layers = compare_layers(converted[INT8], converted[FLOAT32], canvases[:4])
    assert {"mask", "interior", "cell_type", "features", "attributes"} <= {layer.name for layer in layers}
    # a tiny network calibrated on these very pictures: nothing is clipped, each tensor keeps a hundred times its noise
    assert all(layer.sqnr_db > 10 and layer.clipped < 0.01 for layer in layers)
    assert all(layer.rmse_steps < 10 for layer in layers)


def test_a_damaged_layer_is_the_costliest(converted, canvases):
    layer, whole = "fine_deep_bn", compare_layers(converted[INT8], converted[FLOAT32], canvases[:2])
    broken = compare_layers(damage(converted[INT8], layer), converted[FLOAT32], canvases[:2])
    worst = find_costliest(broken)
    assert worst.name == layer
    # ten times what rounding adds there: most of what the layer said is gone
    assert worst.added > 10 * next(one.added for one in whole if one.name == layer)


def test_files_without_a_tensor_in_common_are_refused(converted, canvases):
    with pytest.raises(LayersError, match="no tensor in common"):
        compare_layers(slim_file(converted[INT8]), converted[FLOAT32], canvases[:1])


def test_the_page_shows_the_worst_layer_first_and_needs_no_other_file(short_run, measured_data, tmp_path):
    out = tmp_path / "layers"
    done = CliRunner().invoke(quantize, ["debug", str(short_run), "--data", str(measured_data), "--out", str(out)])
    assert done.exit_code == 0, done.output
    told = json.loads((out / "layers.json").read_text())
    worst = max(told["layers"], key=lambda layer: layer["added"])["name"]
    assert f"costliest layer: {worst}," in done.output
    page = (out / "layers.html").read_text()
    assert RESEARCH_USE in page
    rows = re.findall(r"<tr><td>([^<]+)</td>", page)
    assert (rows[0], len(rows)) == (worst, len(told["layers"]))
    assert not re.search(r'(src|href)="(?!data:)', page)
