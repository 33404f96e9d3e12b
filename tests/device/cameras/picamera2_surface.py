"""The part of picamera2 that the device uses, as the real package has it.

The package cannot be installed where its system libraries are missing, so what its source says is kept in
``picamera2_surface.json`` and compared with the stand-in of the tests. To take it anew from a later version:

    pip download --no-deps --dest /tmp/picamera2 picamera2
    python -m tests.device.cameras.picamera2_surface /tmp/picamera2/*.whl

or, on a Raspberry Pi, without an argument: from the installed package.
"""

import ast
import importlib.metadata
import importlib.util
import json
import sys
import zipfile
from pathlib import Path

RECORD = Path(__file__).with_suffix(".json")
USED = {
    "picamera2/picamera2.py": {
        "Picamera2": [
            "__init__",
            "load_tuning_file",
            "global_camera_info",
            "camera_controls",
            "create_preview_configuration",
            "create_still_configuration",
            "configure",
            "stream_configuration",
            "set_controls",
            "start",
            "capture_request",
            "cancel_all_and_flush",
            "close",
        ]
    },
    "picamera2/request.py": {"CompletedRequest": ["make_array", "get_metadata", "release"]},
}


def read_wheel(path):
    """Version, and text by file, of a wheel."""
    with zipfile.ZipFile(path) as wheel:
        return Path(path).name.split("-")[1], {name: wheel.read(name).decode() for name in USED}


def read_installed():
    """The same of the installed package, or None; it is not imported, for that would open the camera system."""
    found = importlib.util.find_spec("picamera2")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0]).parent
    try:
        version = importlib.metadata.version("picamera2")
    except importlib.metadata.PackageNotFoundError:
        version = "of the system"
    return version, {name: (folder / name).read_text(encoding="utf-8") for name in USED}


def describe(version, sources):
    """What stands in the record: kind and arguments with their defaults, by name."""
    surface = {}
    for file, classes in USED.items():
        for name, methods in classes.items():
            surface |= _describe_class(ast.parse(sources[file]), name, methods)
    return {"package": "picamera2", "version": version, "surface": surface}


def _describe_class(module, name, methods):
    (found,) = (node for node in module.body if isinstance(node, ast.ClassDef) and node.name == name)
    # Of overloads the last definition is the one that runs.
    defined = {node.name: node for node in found.body if isinstance(node, ast.FunctionDef)}
    return {f"{name}.{method}": _describe_method(defined[method]) for method in methods}


def _describe_method(node):
    marks = {mark.id for mark in node.decorator_list if isinstance(mark, ast.Name)}
    kind = "property" if "property" in marks else "static" if "staticmethod" in marks else "method"
    names = [argument.arg for argument in node.args.args]
    defaults = [ast.unparse(default) for default in node.args.defaults]
    without = len(names) - len(defaults)
    arguments = [[name, None if n < without else defaults[n - without]] for n, name in enumerate(names)]
    assert not node.args.vararg, f"{node.name}: arguments without names"
    return {"kind": kind, "arguments": arguments if kind == "static" else arguments[1:]}


def main(wheel=None):
    found = read_wheel(wheel) if wheel else read_installed()
    if found is None:
        sys.exit("picamera2: not installed here (expected the path of a wheel as the argument)")
    described = describe(*found)
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(told)}" for name, told in described["surface"].items())
    head = f'{{\n "package": "picamera2",\n "version": "{described["version"]}",\n "surface": {{\n'
    RECORD.write_text(f"{head}{lines}\n }}\n}}\n", encoding="utf-8")
    print(f"{RECORD}: picamera2 {found[0]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
