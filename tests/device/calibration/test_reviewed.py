"""Cells that people named, found a few at a time: always the newest, however many there are."""

import numpy as np
from sqlalchemy import update

from contract.cell_types import DIFFERENTIAL_ORDER
from contract.tables import cell, field
from device.calibration.reviewed import Among, find_reviewed
from device.calibration.tally import ReviewTally
from device.keeping.store import DATABASE_NAME, Store
from tests.made_records import fill

OURS, OTHERS = "5" * 64, "6" * 64


def test_the_newest_of_each_class_are_the_first_of_all(tmp_path):
    rng = np.random.default_rng(4)
    with Store(tmp_path / DATABASE_NAME, "scope") as store:
        slide_id = fill(store, 6)
        with store._engine.begin() as connection:
            cells = connection.exec_driver_sql("SELECT id FROM cell ORDER BY seq").scalars().all()
            for at, one in enumerate(cells):
                mark = (OURS, OTHERS, OURS)[at % 3][:12]
                connection.execute(update(cell).where(cell.c.id == one).values(features=f"{mark}:AAA="))
        for turn in range(60):
            named = [str(one) for one in rng.choice(cells, 2, replace=False)]
            store.add_reviews(named, operator=("ab", "cd")[turn % 2], new_type=str(rng.choice(DIFFERENTIAL_ORDER)))
            if turn % 7 == 0:
                store.undo_reviews(slide_id, operator=("ab", "cd")[turn % 2])
        everything = find_reviewed(store.readers, DIFFERENTIAL_ORDER)
        tallied = ReviewTally(store.readers, DIFFERENTIAL_ORDER).read()
        assert len(everything) == sum(map(sum, tallied.counts.values())) > 20
        for name in DIFFERENTIAL_ORDER:
            ours = [one for one in everything if one.new_type == name and one.features.startswith(OURS[:12])]
            among = Among(drawn=tallied.drawn, network=OURS, most=3)
            assert list(find_reviewed(store.readers, [name], among)) == ours[:3]
            assert tallied.seen[name][OURS[:12]] == len(ours)


def test_drawn_cells_are_left_out_as_soon_as_there_are_others(tmp_path):
    with Store(tmp_path / DATABASE_NAME, "scope") as store:
        fill(store, 4)
        with store.readers.connect() as connection:
            rows = connection.exec_driver_sql("SELECT id, field_id FROM cell ORDER BY seq").all()
        for cell_id, _ in rows:
            store.add_review(cell_id, operator="ab", new_type="monocyte")
        for drawn in (True, False):
            with store._engine.begin() as connection:
                connection.execute(update(field).values(simulated=True))
                connection.execute(update(field).where(field.c.id == rows[0].field_id).values(simulated=drawn))
            there = [row.id for row in rows if drawn or row.field_id == rows[0].field_id]
            assert {one.id for one in find_reviewed(store.readers, ["monocyte"])} == set(there)
            tallied = ReviewTally(store.readers, ["monocyte"]).read()
            assert (tallied.drawn, sum(tallied.counts["monocyte"])) == (drawn, len(there))
