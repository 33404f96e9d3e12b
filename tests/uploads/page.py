"""The upload page as a sender of pictures: Flask's own client, a real store, a real bundle."""

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from contract.bundle import load_bundle
from contract.tables import metadata
from device.page.app import create_app
from tests.conftest import make_bundle
from tests.device.page.made_instrument import open_instrument

UM_PER_PX = 0.5
"""The pictures are 64 x 48 pixels; at this scale they are fields of some cells."""

HEADERS = {"X-Leukoscope": "test", "Content-Type": "application/octet-stream"}


@contextmanager
def open_page():
    """Open the page on a data folder of its own; at the end nothing may have come into that folder.

    Yields:
        A function that sends content under a name and gives "read" or "refused".
    """
    with TemporaryDirectory() as folder:
        bundle = load_bundle(make_bundle(Path(folder) / "bundle", "differential"))
        with open_instrument(Path(folder) / "data") as instrument:
            instrument = replace(instrument, bundle=bundle)
            client = create_app(instrument).test_client()
            before = _list_data(Path(folder) / "data", instrument)
            yield lambda content, name: send(client, content, name)
            assert _list_data(Path(folder) / "data", instrument) == before, (
                "an upload left something in the data folder"
            )


def send(client, content, name):
    """Send one picture, and hold the answer to what the page promises."""
    query = {"um_per_px": UM_PER_PX, "name": name, "preview": "true"}
    answer = client.post("/api/v1/uploads", data=content, headers=HEADERS, query_string=query)
    assert answer.status_code in (200, 400), f"{answer.status_code}: {answer.text[:300]}"
    if answer.status_code == 200:
        assert answer.json["name"] == name
        return "read"
    message = answer.json["message"]
    assert message.startswith(f"{name}: "), message
    assert "(expected" in message, message
    assert "\n" not in message, message
    return "refused"


def _list_data(folder, instrument):
    with instrument.store.readers.connect() as connection:
        tables = metadata.tables.values()
        rows = [connection.execute(select(func.count()).select_from(table)).scalar() for table in tables]
    return sorted(str(path) for path in folder.rglob("*")), rows
