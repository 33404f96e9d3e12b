import pytest
from sqlalchemy import exc, insert, select

from contract.database import open_engine
from contract.moments import MomentError, now, read_moment, write_moment
from contract.schema import migrate
from contract.tables import RECORD_TABLES, cell, device, event, field, metadata, slide
from tests.made_records import BEGIN

DEVICE = {"id": "d", "name": "scope", "created_at": BEGIN}
SLIDE = {"id": "s", "device_id": "d", "seq": 1, "accession": "A", "operator": "", "bundle_id": "b", "target": 100}
SLIDE |= {"camera": "c", "simulated": False, "opened_at": BEGIN}
FIELD = {"id": "f", "device_id": "d", "seq": 2, "slide_id": "s", "frame_seq": 1, "frame_sha256": "0" * 64}
FIELD |= {"captured_at": BEGIN, "height": 10, "width": 10, "um_per_px": 0.25, "bundle_id": "b", "quality": {}}
FIELD |= {"infer_ms": 1.0, "simulated": False}
CELL = {"id": "c", "device_id": "d", "seq": 3, "field_id": "f", "x0": 0, "y0": 0, "x1": 4, "y1": 5, "contour": [[0, 0]]}
CELL |= {"cell_type": "monocyte", "confidence": 1.0, "probabilities": {"monocyte": 1.0}, "candidates": ["monocyte"]}
EVENT = {"id": "e", "device_id": "d", "seq": 9, "at": BEGIN, "level": "info", "kind": "k", "detail": {}}
CELL |= {"nucleus_fraction": 0.5, "area_um2": 100.0, "touches_border": False, "counted": True}
EVIDENCE = {"diameter_um": 12.5, "circularity": 0.9, "solidity": 1.0, "eccentricity": 0.25, "nucleus_solidity": 0.0}
EVIDENCE |= {
    "features": "told",
    "nucleus_lobes": 3,
    "attributes": {"granularity": {"value": "yes", "probability": 0.75}},
}


@pytest.fixture
def connection(tmp_path):
    engine = open_engine(tmp_path / "records.sqlite")
    migrate(engine)
    with engine.begin() as opened:
        for table, row in ((device, DEVICE), (slide, SLIDE), (field, FIELD)):
            opened.execute(insert(table).values(row))
        yield opened
    engine.dispose()


@pytest.mark.parametrize(
    ("table", "row", "wrong"),
    [
        (cell, CELL, {"confidence": 1.01}),
        (cell, CELL, {"confidence": float("nan")}),
        (cell, CELL, {"nucleus_fraction": -0.1}),
        (cell, CELL, {"x1": 0}),
        (cell, CELL, {"y0": 5}),
        (cell, CELL, {"x0": -1}),
        (cell, CELL, {"area_um2": 0.0}),
        (cell, CELL, {"cell_type": ""}),
        (cell, CELL | EVIDENCE, {"diameter_um": 0.0}),
        (cell, CELL | EVIDENCE, {"circularity": 1.01}),
        (cell, CELL | EVIDENCE, {"nucleus_solidity": -0.1}),
        (cell, CELL | EVIDENCE, {"nucleus_lobes": -1}),
        (cell, CELL, {"id": ""}),
        (cell, CELL, {"seq": 0}),
        (cell, CELL, {"field_id": "unknown"}),
        (cell, CELL, {"device_id": "unknown"}),
        (cell, CELL, {"contour": None}),
        (field, FIELD | {"id": "g", "seq": 9}, {"frame_sha256": "00"}),
        (field, FIELD | {"id": "g", "seq": 9}, {"field_class": "benign"}),
        (field, FIELD | {"id": "g", "seq": 9}, {"field_class": "benign", "field_confidence": 2}),
        (field, FIELD | {"id": "g", "seq": 9}, {"stage_x_um": 1.0}),
        (field, FIELD | {"id": "g", "seq": 9}, {"stage_x_um": 1.0, "stage_y_um": 1.0}),
        (field, FIELD | {"id": "g", "seq": 9}, {"rejected": ""}),
        (field, FIELD | {"id": "g", "seq": 9}, {"seq": 2}),
        (slide, SLIDE | {"id": "t", "seq": 9}, {"target": 0}),
        (event, EVENT, {"level": "loud"}),
        (event, EVENT, {"slide_id": "unknown"}),
    ],
)
def test_the_database_refuses_what_cannot_be(connection, table, row, wrong):
    with connection.begin_nested() as nested:
        connection.execute(insert(table).values(row))  # as it stands the row is fine
        nested.rollback()
    with pytest.raises(exc.IntegrityError):
        connection.execute(insert(table).values(row | wrong))


def test_a_row_comes_back_as_it_went_in(connection):
    connection.execute(insert(cell).values(CELL | EVIDENCE))
    assert dict(connection.execute(select(cell)).mappings().one()) == CELL | EVIDENCE


def test_not_a_number_in_json_is_refused(connection):
    with pytest.raises(exc.StatementError, match="Out of range float"):
        connection.execute(insert(cell).values(CELL | {"probabilities": {"monocyte": float("nan")}}))


def test_parents_come_before_children():
    order = [table.name for table in metadata.sorted_tables if table.name in RECORD_TABLES]
    assert all(
        order.index(key.column.table.name) < order.index(name)
        for name in order
        for key in RECORD_TABLES[name].foreign_keys
        if key.column.table.name != "device"
    )
    assert set(order) == set(RECORD_TABLES)


def test_every_record_table_knows_its_device_and_place():
    for table in RECORD_TABLES.values():
        assert {"id", "device_id", "seq"} <= set(table.columns.keys())


def test_times_are_utc_text_of_one_width_that_sorts():
    east = read_moment("2026-02-01T01:00:00+02:00")
    texts = [write_moment(moment) for moment in (BEGIN, east, now())]
    assert {len(text) for text in texts} == {32}
    assert texts[1] == "2026-01-31T23:00:00.000000+00:00"
    assert sorted(texts) == [texts[1], texts[0], texts[2]]
    assert read_moment(texts[0]) == BEGIN


@pytest.mark.parametrize("text", ["2026-01-31T23:00:00", "yesterday", "", None])
def test_text_that_is_no_moment_is_refused(text):
    with pytest.raises(MomentError, match="expected"):
        read_moment(text)


def test_a_time_without_a_zone_is_never_written():
    with pytest.raises(MomentError, match="time zone"):
        write_moment(BEGIN.replace(tzinfo=None))
