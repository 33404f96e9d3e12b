import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import exc, insert, select, text, update

from contract.database import DatabaseError, open_engine, open_reader, read_url, refuse_failures, show_url
from contract.schema import VERSION_TABLE, _configure, find_head, migrate, read_revision
from contract.settings_files import INSTALL_ROOT
from contract.tables import CELL_FRACTIONS, cell, field, metadata, slide
from tests.contract.test_tables import CELL, FIELD, SLIDE

HEAD = find_head()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a folder 100%?" / "records.sqlite"


@pytest.fixture
def engine(path):
    opened = open_engine(path)
    yield opened
    opened.dispose()


def read_schema(engine):
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")).all()
    # SQLite puts the name of a table in quotes when it was copied to change it
    return {name: sorted(line.strip().rstrip(",").replace('"', "") for line in sql.splitlines()) for name, sql in rows}


def set_revision(engine, revision):
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = :revision"), {"revision": revision})


def test_the_migrations_make_exactly_the_tables_of_the_program(engine, tmp_path):
    migrate(engine)
    direct = open_engine(tmp_path / "direct.sqlite")
    metadata.create_all(direct)
    by_steps = read_schema(engine)
    assert by_steps.pop(VERSION_TABLE)
    assert by_steps == read_schema(direct)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
        assert read_revision(connection) == find_head()
    direct.dispose()


def test_migrating_twice_changes_nothing(engine, path):
    assert migrate(engine) is None
    before = read_schema(engine)
    assert migrate(engine) is None
    assert read_schema(engine) == before
    assert not list(path.parent.glob("*.bak"))


def test_a_file_is_safe_against_power_cuts_and_orphans(engine):
    migrate(engine)
    with engine.connect() as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys")]
        assert pragmas == ["wal", 1]
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1  # NORMAL


def test_an_older_database_is_copied_with_its_log_before_it_changes(engine, path, monkeypatch):
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO device VALUES ('d', 'scope', '2026-01-01T00:00:00+00:00')"))
    monkeypatch.setattr("contract.schema.MIGRATIONS", path.parent / "steps")
    add_step(path.parent / "steps", "raise RuntimeError('step failed')")
    with pytest.raises(RuntimeError, match="step failed"):
        migrate(engine)
    with engine.connect() as connection:
        assert read_revision(connection) == HEAD
    add_step(path.parent / "steps", "op.execute('DELETE FROM device')")
    copied = migrate(engine)
    with engine.connect() as connection:
        assert read_revision(connection) == "9000"
    with closing(sqlite3.connect(copied)) as old:
        assert old.execute("SELECT id FROM device").fetchall() == [("d",)]
        assert old.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall() == [(HEAD,)]
    assert not list(path.parent.glob("*.part"))


def test_cells_from_before_evidence_was_kept_stay_as_they_were(engine):
    migrate_to(engine, "0001")
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO device VALUES ('d', 'scope', '2026-01-01T00:00:00+00:00')")
        connection.execute(insert(slide).values(SLIDE))
        connection.execute(insert(field).values(FIELD))
        names = [name for name in CELL if name in cell.columns]
        connection.execute(insert(cell).values({name: CELL[name] for name in names}))
    assert migrate(engine) is not None
    with engine.begin() as connection:
        row = connection.execute(select(cell)).mappings().one()
        assert {name: row[name] for name in CELL} == CELL
        assert {row[name] for name in (*CELL_FRACTIONS, "diameter_um", "nucleus_lobes", "attributes")} == {None}
        with pytest.raises(exc.IntegrityError, match="ck_cell_circularity_fraction"):
            connection.execute(update(cell).values(circularity=1.5))


def migrate_to(engine, revision):
    """Make the tables of an older program."""
    with open_engine(engine.url, foreign_keys=False).begin() as connection:
        command.upgrade(_configure(connection), revision)


def add_step(folder, body):
    """Write the real migrations with one more step."""
    versions = folder / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    original = INSTALL_ROOT / "contract" / "migrations"
    for path in (original / "env.py", *original.glob("versions/*.py")):
        (folder / path.relative_to(original)).write_bytes(path.read_bytes())
    step = f"from alembic import op\nrevision = '9000'\ndown_revision = '{HEAD}'\ndef upgrade():\n    {body}\n"
    (versions / "9000_step.py").write_text(step)


def test_a_database_of_a_newer_program_is_refused_and_left_alone(engine, path):
    migrate(engine)
    set_revision(engine, "9999")
    with pytest.raises(
        DatabaseError, match=rf"version 9999, newer than this program \(expected {HEAD} at most\)"
    ) as no:
        migrate(engine)
    assert no.value.exit_code == 5
    assert "\n" not in str(no.value)
    with engine.connect() as connection:
        assert read_revision(connection) == "9999"


def test_somebody_elses_database_is_refused(engine):
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    with pytest.raises(DatabaseError, match="other tables"):
        migrate(engine)


def test_a_file_that_is_no_database_is_refused_in_one_line(path):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database, but long enough to be looked at " * 20)
    engine = open_engine(path)
    with pytest.raises(DatabaseError, match=r"records.sqlite: file is not a database \(expected") as no:
        migrate(engine)
    assert "\n" not in str(no.value)
    engine.dispose()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseError, match="expected a folder that can be written"):
        open_engine(tmp_path / "file" / "records.sqlite")


def test_a_full_database_is_one_line(engine, path):
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")  # SQLite takes the present size: the disk is full now
        with pytest.raises(DatabaseError, match=r"scope: database or disk is full"), refuse_failures("scope"):
            connection.execute(text("CREATE TABLE more AS SELECT zeroblob(1000000) AS big"))


def test_faults_of_our_own_pass_through_unchanged(engine):
    migrate(engine)
    for wrong in ("INSERT INTO nowhere VALUES (1)", "INSERT INTO device VALUES ('', '', '')"):
        with pytest.raises(exc.DBAPIError), refuse_failures("scope"), engine.begin() as connection:
            connection.execute(text(wrong))


def test_a_reader_never_creates_or_writes(engine, path, tmp_path):
    with pytest.raises(DatabaseError, match="no such file"):
        open_reader(tmp_path / "missing.sqlite")
    migrate(engine)
    reader = open_reader(path)
    with reader.connect() as connection:
        assert read_revision(connection) == find_head()
        with pytest.raises(DatabaseError, match="readonly"), refuse_failures(str(path)):
            connection.execute(text("DELETE FROM device"))
    reader.dispose()


def test_a_reader_sees_one_state_while_another_writes(engine, path):
    migrate(engine)
    reader = open_reader(path)
    count = text("SELECT count(*) FROM device")
    with reader.connect() as reading:
        assert reading.execute(count).scalar() == 0
        with engine.begin() as writing:
            writing.execute(text("INSERT INTO device VALUES ('d', 'scope', '2026-01-01T00:00:00+00:00')"))
        assert reading.execute(count).scalar() == 0
    with reader.connect() as reading:
        assert reading.execute(count).scalar() == 1
    reader.dispose()


def test_urls_and_paths_name_databases():
    assert read_url("lab.sqlite").drivername == "sqlite"
    assert read_url("postgresql://u@h/lab").drivername == "postgresql+psycopg"
    assert show_url(read_url("postgresql://u:secret@h/lab")) == "postgresql+psycopg://u:***@h/lab"
    for bad in ("mysql://h/lab", "nothing://h", "://"):
        with pytest.raises(DatabaseError, match="expected"):
            read_url(bad)


def test_a_database_in_memory_is_refused():
    with pytest.raises(DatabaseError, match="records must last"):
        open_engine("sqlite://")


def test_migrating_works_without_ini_file_and_from_any_folder(tmp_path):
    code = (
        "from contract.database import open_engine; from contract.schema import migrate; migrate(open_engine('x.db'))"
    )
    run = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(run, cwd=tmp_path, env={"PYTHONPATH": str(INSTALL_ROOT)}, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "x.db").stat().st_size > 0
