"""Both ends of a sync: a device with records and captures, and the lab's command line."""

import io
import sqlite3
import subprocess
import sys
from contextlib import closing, redirect_stderr, redirect_stdout

import pytest
from sqlalchemy import select

from contract.database import open_reader
from contract.settings_files import INSTALL_ROOT
from contract.tables import RECORD_TABLES
from device.keeping.captures import Captures
from device.keeping.store import DATABASE_NAME, Store
from tests.made_records import fill, make_annotated, open_slide
from workstation.cli import main


def make_device(folder, name="scope 1", fields=6, captures=2):
    """Write a device's data folder and return its database."""
    path = folder / DATABASE_NAME
    with Store(path, name) as store:
        fill(store, fields, cells=3)
        add_captures(store, captures)
        store.add_event("info", "start", {"words": 'µm, ∅, "quoted"', "numbers": [1, 2.5, None]})
    return path


def add_captures(store, captures, first=1):
    slide_id = open_slide(store, "A-2")
    for seq in range(first, first + captures):
        Captures(store, 0).save(slide_id, make_annotated(seq), "op")


def run_lab(*words):
    """Run leukoscope-lab as a person would, but in this process, which is ten times as quick."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["leukoscope-lab", *map(str, words)])
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def start_lab(*words):
    """Start leukoscope-lab in a process of its own, which can be killed."""
    command = [sys.executable, "-W", "error", "-c", "from workstation.cli import main; main()"]
    return subprocess.Popen([*command, *map(str, words)], cwd=INSTALL_ROOT)


def sync_into(source, folder):
    """Run sync into lab.sqlite and files/ of a folder."""
    return run_lab("sync", "--from", source, "--into", folder / "lab.sqlite", "--files", folder / "files")


def verify_against(source, folder):
    return run_lab("verify", "--from", source, "--into", folder / "lab.sqlite", "--files", folder / "files")


def read_tables(where):
    """Every record of a database, by table, in order."""
    engine = open_reader(where)
    with engine.connect() as connection:
        tables = {
            name: [tuple(row) for row in connection.execute(select(table).order_by(table.c.device_id, table.c.seq))]
            for name, table in RECORD_TABLES.items()
        }
    engine.dispose()
    return tables


def change(path, statement, *values):
    """Change a database by hand and close it."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def read_tree(folder):
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
