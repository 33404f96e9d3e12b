"""The tally says what reading all reviews again would say, whatever was named, taken back and named again."""

import numpy as np
import pytest

from contract.cell_types import DIFFERENTIAL_ORDER, UNIDENTIFIED
from device.calibration.reviewed import find_reviewed
from device.calibration.tally import ReviewTally
from device.keeping.store import DATABASE_NAME, Store
from device.review.reviewing import ReviewError
from tests.device.calibration.counted import count_reviewed
from tests.made_records import fill


@pytest.mark.parametrize("seed", range(3))
def test_a_tally_brought_up_to_date_is_that_of_all_reviews(tmp_path, seed):
    rng = np.random.default_rng(seed)
    classes = DIFFERENTIAL_ORDER[:4]  # one name is none of the bundle's
    with Store(tmp_path / DATABASE_NAME, "scope") as store:
        slide_id = fill(store, 4)
        with store.readers.connect() as connection:
            cells = connection.exec_driver_sql("SELECT id FROM cell").scalars().all()
        tally = ReviewTally(store.readers, classes)
        for _ in range(30):
            operator = ("ab", "cd")[int(rng.integers(2))]
            if rng.random() < 0.3:
                try:
                    store.undo_reviews(slide_id, operator=operator)
                except ReviewError:
                    continue
            else:
                named = [str(one) for one in rng.choice(cells, int(rng.integers(1, 5)), replace=False)]
                new_type = str(rng.choice((*DIFFERENTIAL_ORDER, UNIDENTIFIED)))
                store.add_reviews(named, operator=operator, new_type=new_type)
            assert tally.read().counts == count_reviewed(find_reviewed(store.readers, classes), classes)
        assert ReviewTally(store.readers, classes).read() == tally.read()
        assert sum(map(sum, tally.read().counts.values())) > 0
