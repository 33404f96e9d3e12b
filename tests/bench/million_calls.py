"""Every call that the page and its API know, each with parameters as a technician's browser sends them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from contract.feed import MOST_ROWS
from contract.image import encode_png
from contract.tables import device
from device.keeping.pictures import take_picture
from device.keeping.slides import OpenSlide
from device.keeping.store import DATABASE_NAME, Store
from device.page.app import create_app
from device.page.instrument import Instrument
from tests.device.page.made_instrument import make_annotated, open_instrument
from tests.device.page.made_slide import keep_field
from tests.many_records import Kept, fill_file

PICTURE = (240, 600)
ONCE = make_annotated(1, ("neutrophil",) * 4, shape=PICTURE)
NEVER_ENDS = "/stream.mjpg"
"""The one route left out: it reads no record and ends only when its viewer goes."""


@dataclass
class Site:
    """A page open on a filled database, and ids to ask it for.

    Attributes:
        slides: ids, oldest first.
        cells, fields, captures: ids of the slide that is open.
        last_seq: the newest record's.
        turn: number of the round; calls that write use it to be new each time.
        frame: number of the newest frame.
        counts: of the slide to be signed.
    """

    instrument: Instrument
    app: Flask
    client: FlaskClient
    slides: list[str]
    cells: list[str]
    fields: list[str]
    captures: list[str]
    last_seq: int
    turn: int = 0
    frame: int = 1
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def open(self) -> str:
        """The newest slide of 200 cells, which is open."""
        return self.slides[-1]

    def ask(self, query: str, **values: object) -> list[str]:
        """Read one column."""
        return _ask(self.instrument.store.readers, query, **values)


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes:
        name: as the table has it.
        send: sends it; what it takes is measured.
        prepare: what must come before; not measured.
    """

    name: str
    send: Callable[[Site], TestResponse | None]
    prepare: Callable[[Site], object] = lambda _: None


@contextmanager
def open_site(folder: Path, slides: int) -> Iterator[Site]:
    """Make a database with so many slides of 200 cells and open the page's application on it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / DATABASE_NAME
    if not path.exists():
        with Store(path, "scope 1"):
            pass
        fill_file(path, slides, keep_files(folder))
    with open_instrument(folder) as instrument:
        app = create_app(instrument)
        client = app.test_client()
        client.environ_base["HTTP_X_LEUKOSCOPE"] = "page"  # what a browser's page sends with each change
        yield _read_site(instrument, app, client)


def keep_files(folder: Path) -> Kept:
    """Write the files that rows point to: one picture of a field, three captures."""
    kept = take_picture(ONCE.prediction.frame)
    contents = {kept.path: kept.jpeg}
    stems = [f"captures/kept{number}" for number in range(3)]
    for stem in stems:
        contents |= {f"{stem}_raw.png": encode_png(ONCE.prediction.frame.image), f"{stem}_annotated.jpg": ONCE.jpeg}
        contents |= {f"{stem}.json": b"{}"}
    for path, content in contents.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return Kept(kept.path, kept.sha256, (stems[0], stems[1], stems[2]))


def list_calls() -> tuple[Call, ...]:
    """List every call; those that write come last and are new each round."""
    return tuple(_read_calls()) + tuple(_write_calls())


def _read_site(instrument: Instrument, app: Flask, client: FlaskClient) -> Site:
    cv2.setNumThreads(1)
    readers = instrument.store.readers
    slides = _ask(readers, "SELECT id FROM slide WHERE target = 200 ORDER BY id")
    newest = slides[-1]
    of_field = "JOIN field ON field.id = field_id WHERE slide_id = :slide"
    fields = _ask(readers, "SELECT id FROM field WHERE slide_id = :slide", slide=newest)
    cells = _ask(readers, f"SELECT cell.id FROM cell {of_field}", slide=newest)
    captures = _ask(readers, f"SELECT capture.id FROM capture {of_field}", slide=newest)
    (last_seq,) = _ask(readers, "SELECT max(seq) FROM event")
    site = Site(instrument, app, client, slides, cells, fields, captures, int(last_seq))
    resume(site)
    return site


def resume(site: Site) -> None:
    """Put the newest slide of 200 cells back on the stage."""
    site.instrument.slides.resume(OpenSlide(site.open, "H-2041", "ab", 200))


def forget(site: Site) -> None:
    """Write what is there already: after that SQLite's readers keep no page in memory, as on a device that counts."""
    with site.instrument.store.write() as writing:
        writing.connection.execute(device.update().values(name=device.c.name))


def _ask(engine: Engine, query: str, **values: object) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text(query), values).scalars())


def _get(name: str, make: Callable[[Site], str]) -> Call:
    return Call(f"GET {name}", lambda site: site.client.get(make(site)))


def _plain(path: str) -> Call:
    return _get(path, lambda _: path)


PLAIN = (
    *("/", "/slides", "/captures", "/upload", "/settings", "/settings/reference", "/sign-in", "/palette.css"),
    *("/static/live.js", "/openapi/openapi.json", "/healthz", "/metrics"),
    *(
        f"/api/v1/{name}"
        for name in ("frame.jpg", "view.jpg", "frame.json", "map", "status", "differential", "session", "users")
    ),
    *(f"/api/v1/{name}" for name in ("settings", "bundles", "reference", "optics", "calibration")),
    "/api/v1/optics/flat/picture.png",
    *(f"/api/v1/drift{query}" for query in ("", "?days=1", "?days=10", "?days=60", "?days=366")),  # a year is the most
    *(f"/api/v1/events{query}" for query in ("", "?limit=10", "?before=1000")),
    *(f"/api/v1/events?least={level}{more}" for level in ("warning", "error") for more in ("", "&limit=1")),
    *(f"/api/v1/captures{query}" for query in ("", "?limit=12", "?limit=1")),
    *(f"/api/v1/slides{query}" for query in ("", "?limit=5", "?limit=1", "?operator=ef", "?operator=ef&limit=1")),
    *(f"/api/v1/slides{query}" for query in ("?accession=H00001", "?accession=nothing")),
    *("/api/v1/slides?before=500", "/api/v1/captures?before=500"),
)
"""Calls without an id."""

CELL_QUERIES = (
    *("", "?limit=50", "?type=neutrophil", "?type=unidentified", "?reviewed=true", "?reviewed=false"),
    *("?below=0.8", "?sort=confidence", "?sort=-confidence&limit=50", "?sort=-time&limit=50"),
)


def _read_calls() -> Iterator[Call]:
    yield from map(_plain, PLAIN)
    yield from _read_days()
    yield from _read_slide()
    for name, part in (("start", 0.0), ("middle", 0.5), ("end", 1.0)):
        for limit in (100, MOST_ROWS):
            yield _get(f"/api/v1/records at the {name}, limit={limit}", _find_page(part, limit))


def _find_page(part: float, limit: int) -> Callable[[Site], str]:
    return lambda site: f"/api/v1/records?after={int((site.last_seq - 800) * part)}&limit={limit}"


def _read_days() -> Iterator[Call]:
    for what, few in (("slides", 5), ("captures", 12)):
        path = f"/api/v1/{what}"
        yield _get(f"{path} of the newest slide's day", _find_days(f"{path}?limit=1", -1, -1))
        yield _get(f"{path} of the oldest slide's day", _find_days(f"{path}?limit=1", 0, 0))
        yield _get(f"{path} of all days, limit={few}", _find_days(f"{path}?limit={few}", 0, -1))
        yield _get(f"{path} of all days", _find_days(f"{path}?", 0, -1))


def _find_days(path: str, first: int, last: int) -> Callable[[Site], str]:
    return lambda site: f"{path}&{_days(site, first, last)}"


def _days(site: Site, first: int, last: int) -> str:
    opened = [site.ask("SELECT opened_at FROM slide WHERE id = :id", id=site.slides[at])[0] for at in (first, last)]
    return f"since={opened[0][:10]}&until={opened[1][:10]}"


def _read_slide() -> Iterator[Call]:
    which: dict[str, Callable[[Site], str]] = {"open": lambda site: site.open, "oldest": lambda site: site.slides[0]}
    for name, find in which.items():
        paths = ["/slides/{}", "/slides/{}/sign", "/slides/{}/second", "/slides/{}/agreement"]
        paths += [f"/slides/{{}}/report.{kind}" for kind in ("html", "pdf", "csv")]
        api = ("", "/signatures", "/reading?operator=zz", "/agreement?operator=zz", "/captures.zip")
        paths += [f"/api/v1/slides/{{}}{part}" for part in api]
        paths += [f"/api/v1/slides/{{}}/cells{query}" for query in CELL_QUERIES]
        paths += ["/api/v1/captures?slide_id={}"]
        for path in paths:
            yield _get(path.format(name), lambda site, path=path, find=find: path.format(find(site)))  # type: ignore[misc]
        yield _get(
            f"/api/v1/slides/{name}/comparison",
            lambda site, find=find: f"/api/v1/slides/{find(site)}/comparison?other={site.slides[3]}",  # type: ignore[misc]
        )
    yield _get(
        "/api/v1/frames/newest/cells/0/heat_map.png", lambda site: f"/api/v1/frames/{site.frame}/cells/0/heat_map.png"
    )
    for path in ("/api/v1/cells/{}", "/api/v1/cells/{}/picture.jpg", "/api/v1/cells/{}/picture.jpg?size=64"):
        yield _get(path.format("id"), lambda site, path=path: path.format(site.cells[7]))  # type: ignore[misc]
    for path in ("/api/v1/fields/{}", "/api/v1/fields/{}/picture.jpg"):
        yield _get(path.format("id"), lambda site, path=path: path.format(site.fields[3]))  # type: ignore[misc]
    for file in ("raw.png", "annotated.jpg", "frame.json"):
        path = f"/api/v1/captures/{{}}/{file}"
        yield _get(path.format("id"), lambda site, path=path: path.format(site.captures[0]))  # type: ignore[misc]


def _post(name: str, path: Callable[[Site], str], body: Callable[[Site], dict[str, Any]], **more: Any) -> Call:
    return Call(f"POST {name}", lambda site: site.client.post(path(site), json=body(site)), **more)


def _write_calls() -> Iterator[Call]:
    yield _post("/api/v1/reviews", lambda _: "/api/v1/reviews", lambda site: _review(site, site.cells[site.turn % 200]))
    yield _post(
        "/api/v1/reviews/batch of 20",
        lambda _: "/api/v1/reviews/batch",
        lambda site: {"cell_ids": site.cells[20:40], "new_type": "monocyte", "operator": "me"},
    )
    undo = "/api/v1/reviews/undo"
    yield _post(undo, lambda _: undo, lambda site: {"slide_id": site.open, "operator": "me"})
    yield _post("/api/v1/differential/undo", lambda _: "/api/v1/differential/undo", lambda _: {})
    yield _post("/api/v1/captures", lambda _: "/api/v1/captures", lambda site: {"seq": site.frame}, prepare=_show)
    yield _post(
        "/api/v1/slides/oldest/reading",
        lambda site: f"/api/v1/slides/{site.slides[0]}/reading",
        lambda site: {"cell_id": _find_cell(site, site.slides[0]), "new_type": "monocyte", "operator": "zz"},
    )
    yield _post(
        "/api/v1/slides/third/signatures",
        lambda site: f"/api/v1/slides/{site.slides[2]}/signatures",
        lambda site: {"counts": site.counts, "operator": f"s{site.turn}", "override_reason": "rare"},
        prepare=_count,
    )
    yield Call("store: a field of 4 cells", lambda site: _add_field(site))
    new = {"accession": "H-1", "operator": "ab", "target": 100}
    yield _post("/api/v1/slides", lambda _: "/api/v1/slides", lambda _: new)
    yield Call(
        "DELETE /api/v1/captures/newest",
        lambda site: site.client.delete(f"/api/v1/captures/{site.captures.pop()}"),
        _keep_capture,
    )


def _review(site: Site, cell_id: str) -> dict[str, Any]:
    return {"cell_id": cell_id, "new_type": "monocyte", "operator": "me"}


def _find_cell(site: Site, slide_id: str) -> str:
    return site.ask("SELECT cell.id FROM cell JOIN field ON field.id = field_id WHERE slide_id = :id", id=slide_id)[9]


def _count(site: Site) -> None:
    site.counts = site.client.get(f"/api/v1/slides/{site.slides[2]}/signatures").json["counts"]  # type: ignore[index]


def _show(site: Site) -> None:
    site.frame += 1
    site.instrument.live.put(make_annotated(site.frame, ("neutrophil",) * 4, shape=PICTURE).judged)
    assert site.client.get("/api/v1/frame.json?after=0").status_code == 200


def _keep_capture(site: Site) -> None:
    _show(site)
    kept = site.client.post("/api/v1/captures", json={"seq": site.frame})
    assert kept.status_code == 201, kept.text
    site.captures.append(kept.json["id"])  # type: ignore[index]


def _add_field(site: Site) -> None:
    site.frame += 1
    assert keep_field(site.instrument, make_annotated(site.frame, ("neutrophil",) * 4, shape=PICTURE)) is not None
