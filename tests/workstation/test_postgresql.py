"""A lab with many microscopes: a real PostgreSQL server, started for these tests where its programs are installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest
from sqlalchemy import create_engine, exc, insert, inspect, text

from contract.database import DatabaseError, open_engine, open_reader
from contract.schema import find_head, migrate, read_revision
from contract.tables import RECORD_TABLES, cell, metadata
from device.keeping.captures import Captures
from device.keeping.store import Store
from tests.made_records import fill, make_annotated, open_slide
from tests.workstation.made_ends import make_device, read_tables, run_lab
from workstation.lab import Lab
from workstation.sources import DeviceFile


def find_programs():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    here = shutil.which("pg_ctl")
    return found[-1].parent if found else Path(here).parent if here else None


def find_owner():
    """PostgreSQL does not run as root: its own user, or the one who runs the tests."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("POSTGRESQL NOT TESTED: the tests run as root and there is no user 'postgres'")


@pytest.fixture(scope="module")
def server():
    """URL of a server that nobody else sees: it listens on a socket in its own folder only."""
    programs = find_programs()
    if programs is None:
        pytest.skip("POSTGRESQL NOT TESTED: no pg_ctl here (Debian: apt install postgresql)")
    owner = find_owner()
    with tempfile.TemporaryDirectory(prefix="leukoscope-pg-") as name:
        folder = Path(name)
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = folder / "data"

        def run(program, *words):
            ids = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
            command = [str(programs / program), "-D", str(data), *words]
            with (folder / "said").open("ab") as said:  # a pipe would be held open by the server
                subprocess.run(command, check=True, stdout=said, stderr=said, cwd=folder, **ids)

        run("initdb", "-U", "lab", "-A", "trust", "-E", "UTF8", "--no-sync")
        run("pg_ctl", "-w", "-o", f"-k {folder} -c listen_addresses='' -c fsync=off", "start")
        try:
            yield f"postgresql://lab@/%s?host={folder}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")


@pytest.fixture
def lab(server):
    """URL of a fresh, empty database."""
    admin = create_engine(
        server.replace("postgresql:", "postgresql+psycopg:") % "postgres", isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS lab WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE lab"))
    admin.dispose()
    return server % "lab"


def test_the_migrations_make_the_same_tables_on_postgresql(lab):
    engine = open_engine(lab)
    assert migrate(engine) is None
    with engine.connect() as connection:
        assert read_revision(connection) == find_head()
        found = inspect(connection)
        for table in metadata.tables.values():
            columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
            assert columns == {column.name: column.nullable for column in table.columns}
            keys = {key["name"] for key in found.get_foreign_keys(table.name)}
            assert keys == {f"fk_{table.name}_{key.parent.name}" for key in table.foreign_keys}
            checks = {check["name"] for check in found.get_check_constraints(table.name)}
            ours = {str(check.name) for check in table.constraints if type(check).__name__ == "CheckConstraint"}
            flags = {name for name in ours if name.endswith("_flag")}  # PostgreSQL has a type for yes and no
            assert checks == {name if name.startswith("ck_") else f"ck_{table.name}_{name}" for name in ours - flags}
            indexes = {
                index["name"] for index in found.get_indexes(table.name) if not index.get("duplicates_constraint")
            }
            assert indexes == {index.name for index in table.indexes}
    engine.dispose()


def test_a_device_is_synced_into_postgresql_row_for_row(lab, tmp_path):
    device = make_device(tmp_path / "device")
    ends = ["--into", lab, "--files", tmp_path / "files"]
    done = run_lab("sync", "--from", device, *ends, "--batch-rows", "7")
    assert (done.returncode, done.stderr) == (0, "")
    assert "35 rows and 4 files" in done.stdout
    assert "0 rows and 0 files" in run_lab("sync", "--from", device, *ends).stdout
    assert read_tables(lab) == read_tables(device)
    verified = run_lab("verify", "--from", device, *ends)
    assert "35 rows and 4 files are the same at both ends" in verified.stdout
    assert run_lab("status", "--into", lab).stdout.startswith("scope 1 (")


def test_two_devices_sync_at_once(lab, tmp_path):
    devices = [make_device(tmp_path / name, name, fields=20) for name in ("east", "west")]
    done = []

    def work(path):
        with DeviceFile(path) as source, Lab(lab) as opened:
            page = source.read_records(0, 10)
            cursor = opened.find_cursor(page.device.id)
            while page.rows:
                cursor = opened.add_batch(page.device, page.rows, cursor)
                page = source.read_records(cursor.seq, 10)
            done.append(path)

    threads = [threading.Thread(target=work, args=(path,)) for path in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == devices
    gathered, east, west = (read_tables(where) for where in (lab, *devices))
    assert all(sorted(gathered[name]) == sorted(east[name] + west[name]) for name in RECORD_TABLES if name == "slide")
    assert {name: len(rows) for name, rows in gathered.items()} == {
        name: len(east[name]) + len(west[name]) for name in RECORD_TABLES
    }


def test_postgresql_refuses_what_cannot_be_as_sqlite_does(lab, tmp_path):
    device = make_device(tmp_path / "device")
    run_lab("sync", "--from", device, "--into", lab, "--files", tmp_path / "files")
    engine = open_engine(lab)
    [row] = read_tables(device)["cell"][:1]
    row = dict(zip(cell.columns.keys(), row, strict=True)) | {"id": "other", "seq": 1000}
    for wrong in ({"confidence": 2.0}, {"confidence": float("nan")}, {"x1": 0}, {"field_id": "none"}, {"seq": 3}):
        with pytest.raises(exc.IntegrityError), engine.begin() as connection:
            connection.execute(insert(cell).values(row | wrong))
    engine.dispose()


def test_a_reader_of_postgresql_cannot_write(lab):
    engine = open_engine(lab)
    migrate(engine)
    engine.dispose()
    reader = open_reader(lab)
    with reader.connect() as connection, pytest.raises(exc.DBAPIError, match="read-only transaction"):
        connection.execute(text("DELETE FROM device"))
    reader.dispose()


def test_a_lab_without_the_right_to_write_is_one_line(lab, tmp_path):
    engine = open_engine(lab)
    with engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS guest"))
        connection.execute(text("CREATE ROLE guest LOGIN"))
        connection.execute(text("REVOKE ALL ON SCHEMA public FROM PUBLIC"))
        connection.execute(text("GRANT USAGE ON SCHEMA public TO guest"))
    engine.dispose()
    device = make_device(tmp_path / "device")
    done = run_lab("sync", "--from", device, "--into", lab.replace("lab@", "guest@"), "--files", tmp_path / "files")
    assert done.returncode == 5
    assert done.stderr.count("\n") == 1
    assert "permission denied" in done.stderr


def test_a_newer_postgresql_database_is_refused(lab):
    engine = open_engine(lab)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE leukoscope_schema SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer than this program"):
        migrate(engine)
    engine.dispose()


def test_text_of_any_script_arrives_on_postgresql(lab, tmp_path):
    with Store(tmp_path / "leukoscope.sqlite", "Gerät µ ☂") as store:
        slide_id = open_slide(store, "Ä-1 漢字")
        fill(store, 1)
        Captures(store, 0).save(slide_id, make_annotated(1), "técnico")
        run_lab("sync", "--from", store.path, "--into", lab, "--files", tmp_path / "files")
        assert read_tables(lab) == read_tables(store.path)
