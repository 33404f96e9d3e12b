"""The stand-in that the tests use, and what the device uses, against the real package's source."""

import ast
import inspect
import json

import pytest

from contract.settings_files import INSTALL_ROOT
from tests.device.cameras import picamera2_standin
from tests.device.cameras.picamera2_surface import RECORD, describe, read_installed

RECORDED = json.loads(RECORD.read_text(encoding="utf-8"))["surface"]
OBJECTS = {"camera", "_camera", "picamera2", "request"}  # what the package's objects are called where they are used


def find(name):
    owner, member = name.split(".")
    return inspect.getattr_static(getattr(picamera2_standin, owner), member)


def is_literal(text):
    try:
        ast.literal_eval(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", RECORDED)
def test_the_stand_in_has_the_real_arguments(name):
    recorded, ours = RECORDED[name], find(name)
    kinds = {property: "property", staticmethod: "static"}
    assert kinds.get(type(ours), "method") == recorded["kind"]
    if recorded["kind"] == "property":
        return
    parameters = list(inspect.signature(ours).parameters.values())[recorded["kind"] == "method" :]
    assert [parameter.name for parameter in parameters] == [argument for argument, _ in recorded["arguments"]]
    for parameter, (_, default) in zip(parameters, recorded["arguments"], strict=True):
        assert (parameter.default is inspect.Parameter.empty) == (default is None), parameter
        # An object of libcamera as a default has no like here.
        if default is not None and is_literal(default):
            assert parameter.default == ast.literal_eval(default), parameter


def test_the_device_uses_nothing_that_is_not_recorded():
    known = {name.split(".")[1] for name in RECORDED}
    for file in ("picamera2_camera.py", "listing.py"):
        tree = ast.parse((INSTALL_ROOT / "device" / "cameras" / file).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                owner = getattr(node.value, "id", getattr(node.value, "attr", ""))
                assert owner not in OBJECTS or node.attr in known, f"{file}: {owner}.{node.attr}"


def test_the_installed_package_is_as_recorded():
    installed = read_installed()
    if installed is None:
        pytest.skip("picamera2 IS NOT INSTALLED: the record is compared with it on a Raspberry Pi only")
    assert describe(*installed)["surface"] == RECORDED
