import json
import shutil

import pytest
from sqlalchemy import exc, func, select

from contract.counts import count_cells
from contract.feed import parse_page, read_records, row_from_json
from contract.tables import RECORD_TABLES, cell, review, signature, verdict
from device.keeping.store import DATABASE_NAME, Store
from device.preclassification import Verdict
from device.review.reviewing import ReviewError
from device.review.second_reading import (
    ReadingError,
    count_reading,
    find_dependence,
    list_cells,
    list_readers,
    write_reading,
)
from device.review.signed import SECOND_READER, SIGNER, SignedError, find_amendments, find_signature, find_signatures
from device.review.signing import SigningError, Word, find_obstacles, write_signature
from tests.made_records import make_judged, open_slide

NAMED = ("neutrophil", "neutrophil", "lymphocyte")
OPEN = (*NAMED, "unidentified")


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A database with its tables, which take most of the time."""
    path = tmp_path_factory.mktemp("empty") / DATABASE_NAME
    with Store(path, "scope 1"):
        pass
    return path


@pytest.fixture
def store(tmp_path, empty):
    shutil.copy(empty, tmp_path / DATABASE_NAME)
    with Store(tmp_path / DATABASE_NAME, "scope 1") as opened:
        yield opened


def count(store, types=NAMED):
    slide_id = open_slide(store)
    store.add_field(slide_id, make_judged(1, types))
    return slide_id


def read_ids(store, slide_id):
    return [one.id for one in list_cells(store.readers, slide_id, "nobody")]


def sign(store, slide_id, operator="ab", *, role=SIGNER, reason="", seen=None):
    if seen is None:
        seen = count_cells(store.readers, slide_id)
    context = {"target": 100, "reference": {"source": "a book", "percent": {"neutrophil": [40, 80]}}}
    word = Word(operator, role, seen, reason, "I answer for it.", context)
    with store.write() as writing:
        return write_signature(writing, slide_id, word)


def read_second(store, slide_id, cell_id, operator, new_type):
    with store.write() as writing:
        return write_reading(writing, slide_id, cell_id, operator, new_type)


def test_a_signature_keeps_what_was_signed_by_whom_and_against_which_ranges(store):
    slide_id = count(store)
    sign(store, slide_id)
    found = find_signature(store.readers, slide_id)
    assert (found.version, found.operator, found.role, found.override_reason) == (1, "ab", SIGNER, None)
    assert found.statement == "I answer for it."
    assert found.differential["counts"] == {"neutrophil": 2, "lymphocyte": 1}
    assert (found.differential["total"], found.differential["unidentified"]) == (3, 0)
    assert found.differential["reference"]["source"] == "a book"
    assert found.seq == 6  # of the device's sequence: slide, field, three cells, signature


def test_an_unidentified_cell_is_in_the_way_until_a_reason_is_given(store):
    slide_id = count(store, OPEN)
    assert find_obstacles(count_cells(store.readers, slide_id)) == ("1 cell unidentified",)
    with pytest.raises(SigningError, match="1 cell unidentified"):
        sign(store, slide_id)
    with pytest.raises(SigningError, match="1 cell unidentified"):
        sign(store, slide_id, reason="   ")
    sign(store, slide_id, reason="crushed")
    assert find_signature(store.readers, slide_id).override_reason == "crushed"


def test_a_reason_for_nothing_is_refused(store):
    with pytest.raises(SigningError, match="nothing to override"):
        sign(store, count(store), reason="just so")


def test_only_what_was_seen_is_signed(store):
    slide_id = count(store)
    with pytest.raises(SigningError, match="3 cells now, 2 when you looked"):
        sign(store, slide_id, seen={"neutrophil": 2})
    with pytest.raises(SigningError, match="3 cells now, 3 when you looked"):
        sign(store, slide_id, seen={"neutrophil": 3})
    sign(store, slide_id, seen={"neutrophil": 2, "lymphocyte": 1, "monocyte": 0})


def test_nothing_and_nobody_sign_nothing(store):
    with pytest.raises(SigningError, match="no cell is counted"):
        sign(store, open_slide(store))
    with pytest.raises(SigningError, match="operator: nobody"):
        sign(store, count(store), operator=" ")
    with store.readers.connect() as connection:
        assert connection.execute(select(func.count()).select_from(signature)).scalar() == 0


def test_a_signed_cell_is_renamed_with_a_reason_only_and_both_are_kept(store):
    slide_id = count(store)
    first, *_ = read_ids(store, slide_id)
    store.add_review(first, operator="ab", new_type="neutrophil")  # before it is signed nobody asks why
    sign(store, slide_id)
    for comment in ("", "  "):
        with pytest.raises(SignedError, match=r"ab signed the slide.*expected a reason to amend"):
            store.add_review(first, operator="cd", new_type="monocyte", comment=comment)
    store.add_review(first, operator="cd", new_type="monocyte", comment="folded nucleus")
    signed = find_signature(store.readers, slide_id)
    assert signed.differential["counts"] == {"neutrophil": 2, "lymphocyte": 1}
    assert count_cells(store.readers, slide_id) == {"neutrophil": 1, "lymphocyte": 1, "monocyte": 1}
    (amendment,) = find_amendments(store.readers, slide_id, signed.seq)
    assert (amendment.operator, amendment.old_type, amendment.new_type) == ("cd", "neutrophil", "monocyte")
    assert amendment.comment == "folded nucleus"


def test_taking_back_a_review_of_a_signed_slide_needs_a_reason_too(store):
    slide_id = count(store)
    store.add_review(read_ids(store, slide_id)[0], operator="ab", new_type="monocyte")
    sign(store, slide_id)
    with pytest.raises(SignedError, match="expected a reason"):
        store.undo_reviews(slide_id, operator="ab", reason="")
    store.undo_reviews(slide_id, operator="ab", reason="looked again")
    assert count_cells(store.readers, slide_id) == {"neutrophil": 2, "lymphocyte": 1}


def test_confirming_a_name_after_the_signature_amends_nothing(store):
    slide_id = count(store)
    sign(store, slide_id)
    store.add_review(read_ids(store, slide_id)[0], operator="cd", new_type="neutrophil", comment="yes")
    assert find_amendments(store.readers, slide_id, find_signature(store.readers, slide_id).seq) == ()


def test_other_slides_are_not_locked_by_a_signature(store):
    sign(store, count(store))
    other = open_slide(store, "A-2")
    store.add_field(other, make_judged(9, NAMED))
    store.add_review(read_ids(store, other)[0], operator="ab", new_type="monocyte")


def test_a_signed_slide_is_counted_no_further_and_its_cells_are_named_no_more_by_the_bundle(store):
    slide_id = count(store)
    first, *_ = read_ids(store, slide_id)
    sign(store, slide_id)
    later = make_judged(2, NAMED)
    said = Verdict(first, "monocyte", 0.9, {"monocyte": 0.9}, ("monocyte",), 4)
    object.__setattr__(later, "verdicts", (said,))
    assert store.add_field(slide_id, later) is not None  # the field is recorded, nothing of it counts
    assert count_cells(store.readers, slide_id) == {"neutrophil": 2, "lymphocyte": 1}
    with store.readers.connect() as connection:
        assert connection.execute(select(func.count()).select_from(cell)).scalar() == 6
        assert connection.execute(select(func.count()).select_from(verdict)).scalar() == 0


def test_signing_again_makes_a_new_version_once_something_changed(store):
    slide_id = count(store)
    sign(store, slide_id)
    with pytest.raises(SigningError, match="signed by ab already"):
        sign(store, slide_id)
    sign(store, slide_id, "cd")  # another person may answer for the same
    store.add_review(read_ids(store, slide_id)[0], operator="ab", new_type="monocyte", comment="folded")
    sign(store, slide_id)
    found = find_signatures(store.readers, slide_id)
    assert [(one.version, one.operator) for one in found] == [(1, "ab"), (2, "cd"), (3, "ab")]
    assert found[-1].differential["counts"]["monocyte"] == 1
    assert find_amendments(store.readers, slide_id, found[-1].seq) == ()


def test_a_second_reader_is_another_person(store):
    slide_id = count(store)  # counted by "op"
    first, *_ = read_ids(store, slide_id)
    store.add_review(first, operator="ab", new_type="monocyte")
    with store.readers.connect() as connection:
        assert find_dependence(connection, slide_id, "cd") is None
        assert "has read this slide already" in find_dependence(connection, slide_id, "OP")
        assert find_dependence(connection, slide_id, "") == "operator: nobody (expected who reads)"
    with pytest.raises(ReadingError, match="ab has read this slide already"):
        read_second(store, slide_id, first, "ab", "monocyte")
    with pytest.raises(ReadingError, match="expected a counted cell of the slide"):
        read_second(store, open_slide(store, "A-2"), first, "cd", "monocyte")


def test_a_second_reading_changes_no_count_and_no_first_name(store):
    slide_id = count(store, OPEN)
    ids = read_ids(store, slide_id)
    before = count_cells(store.readers, slide_id)
    read_second(store, slide_id, ids[0], "cd", "monocyte")
    read_second(store, slide_id, ids[0], "cd", "basophil")
    read_second(store, slide_id, ids[3], "cd", "unidentified")
    assert count_cells(store.readers, slide_id) == before
    cells = list_cells(store.readers, slide_id, "cd")
    assert [one.own_type for one in cells] == ["basophil", None, None, "unidentified"]
    assert [one.first_type for one in cells] == list(OPEN)
    assert [(one.operator, one.cells) for one in list_readers(store.readers, slide_id)] == [("cd", 2)]
    with store.readers.connect() as connection:
        assert count_reading(connection, slide_id, "cd") == (2, {"basophil": 1, "unidentified": 1})
        rows = connection.execute(select(review.c.old_type, review.c.reader).order_by(review.c.seq)).all()
    assert rows == [("unidentified", 2), ("monocyte", 2), ("unidentified", 2)]
    with pytest.raises(ReviewError, match="nothing that cd said"):  # undo is of first readings
        store.undo_reviews(slide_id, operator="cd", reason="")


def test_a_second_reader_signs_their_own_reading_and_locks_nothing(store):
    slide_id = count(store, OPEN)
    for cell_id, name in zip(read_ids(store, slide_id), ("neutrophil", "monocyte", "lymphocyte"), strict=False):
        read_second(store, slide_id, cell_id, "cd", name)
    seen = {"neutrophil": 1, "monocyte": 1, "lymphocyte": 1}
    with pytest.raises(SigningError, match="1 cell not read"):
        sign(store, slide_id, "cd", role=SECOND_READER, seen=seen)
    read_second(store, slide_id, read_ids(store, slide_id)[3], "cd", "unidentified")
    sign(store, slide_id, "cd", role=SECOND_READER, seen=seen | {"unidentified": 1})
    (own,) = find_signatures(store.readers, slide_id, SECOND_READER)
    assert own.differential["counts"] == seen | {"unidentified": 1}
    assert find_signature(store.readers, slide_id) is None


def test_signatures_and_second_readings_travel(store):
    slide_id = count(store)
    read_second(store, slide_id, read_ids(store, slide_id)[0], "cd", "monocyte")
    sign(store, slide_id)
    page = parse_page(json.loads(json.dumps(read_records(store.readers, 0, 100))), "here")
    rows = {item.table: row_from_json(RECORD_TABLES[item.table], item.row) for item in page.rows}
    assert rows["signature"]["differential"]["counts"] == {"neutrophil": 2, "lymphocyte": 1}
    assert rows["review"]["reader"] == 2
    older = {name: value for name, value in page.rows[-2].row.items() if name != "reader"}
    assert row_from_json(review, older)["reader"] is None  # of a program that knew no second readers


@pytest.mark.parametrize("wrong", [{"role": "chief"}, {"operator": ""}, {"statement": ""}, {"override_reason": ""}])
def test_the_database_refuses_half_a_signature(store, wrong):
    slide_id = count(store)
    row = {"slide_id": slide_id, "signed_at": make_judged(1).prediction.frame.captured_at, "operator": "ab"}
    row |= {"role": "signer", "override_reason": None, "differential": {}, "statement": "yes"}
    with pytest.raises(exc.IntegrityError), store.write() as writing:
        writing.insert(signature, row | wrong)
