from sqlalchemy import select

from contract.tables import event
from device.keeping.store import DATABASE_NAME, Store
from device.loop.happenings import Happenings


def read_events(store):
    with store.readers.connect() as connection:
        return [tuple(row) for row in connection.execute(select(event.c.level, event.c.kind, event.c.detail))]


def test_what_is_told_before_the_store_is_open_and_after_is_kept_in_order(tmp_path):
    happenings = Happenings()
    happenings.tell("warning", "camera_stalled", {"for_s": 3.0})
    with Store(tmp_path / DATABASE_NAME, "scope") as store:
        with happenings.write_to(store):
            happenings.tell("info", "camera_recovered", {"after_s": 4.5})
        assert read_events(store) == [
            ("warning", "camera_stalled", {"for_s": 3.0}),
            ("info", "camera_recovered", {"after_s": 4.5}),
        ]
