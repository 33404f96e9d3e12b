"""The arrows of the plan: who may import whom, proved on the source and on a running interpreter."""

import ast
import subprocess
import sys

import pytest

from contract.settings_files import INSTALL_ROOT

ARROWS = {
    "contract": set(),
    "device": {"contract"},
    "training": {"contract"},
    "quantize": {"contract", "device", "training"},
    "workstation": {"contract"},
}
HEAVY = {"tensorflow", "keras", "matplotlib", "sklearn", "psycopg", "psycopg2"}


def imported_by(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("folder", sorted(ARROWS))
def test_a_folder_imports_only_along_its_arrows(folder):
    for path in (INSTALL_ROOT / folder).rglob("*.py"):
        ours = set(imported_by(path)) & (set(ARROWS) | {"tests"})
        assert ours <= ARROWS[folder] | {folder}, f"{path} imports {sorted(ours)}"


@pytest.mark.parametrize("folder", ["contract", "device"])
def test_nothing_heavy_is_imported_on_the_device(folder):
    for path in (INSTALL_ROOT / folder).rglob("*.py"):
        assert not set(imported_by(path)) & HEAVY, path


def test_a_running_device_has_loaded_nothing_heavy():
    modules = ",".join(
        ".".join(path.relative_to(INSTALL_ROOT).with_suffix("").parts)
        for path in sorted((INSTALL_ROOT / "device").rglob("*.py"))
        if path.name != "__init__.py"
    )
    code = f"import sys, {modules}; print(sorted({HEAVY!r} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=INSTALL_ROOT)
    assert found.stdout.strip() == "[]"
