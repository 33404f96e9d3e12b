"""Every call of the page and its API finds what it needs by an index, and does as much work however much is stored."""

import sqlite3
from collections import defaultdict
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from contract.tables import RECORD_TABLES
from device.keeping.store import DATABASE_NAME
from tests.bench.million_calls import NEVER_ENDS, ONCE, list_calls, open_site

SMALL, LARGE = 5, 100
"""Slides of 200 cells."""

STEPS_AT_ONCE = 50
NOISE_STEPS = 5_000
"""Of SQLite's machine; it does a million in some 50 ms, and what grows by one step a cell would do 20,000 more."""


@contextmanager
def watch(site):
    """Collect the statements of each call and count the steps that SQLite's machine does for it."""
    statements, steps, current = {}, defaultdict(int), [""]

    def collect(_connection, _cursor, statement, values, _context, many):
        statements.setdefault(statement, (values[0] if many else values, current[0]))

    def count():
        steps[current[0]] += STEPS_AT_ONCE

    def begin(connection, _record, _proxy):
        connection.set_progress_handler(count, STEPS_AT_ONCE)

    def end(connection, _record):
        connection.set_progress_handler(None, 0)

    watched = (("before_cursor_execute", collect), ("checkout", begin), ("checkin", end))
    engines = site.instrument.store.readers, site.instrument.store._engine
    for engine in engines:
        for name, listener in watched:
            event.listen(engine, name, listener)
    yield statements, steps, current
    for engine in engines:
        for name, listener in watched:
            event.remove(engine, name, listener)


def read_slides(client):
    """Read all pages of slides: what each holds is counted when it is first listed, twenty of them at a time."""
    following = ""
    while following is not None:
        page = client.get(f"/api/v1/slides?{following}").get_json()
        following = f"before={page['next']}" if page["next"] else None


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """For the small and the large database: statements with values, steps by call, and rules that were called."""
    found = []
    for slides in (SMALL, LARGE):
        folder = tmp_path_factory.mktemp(f"slides{slides}")
        with open_site(folder, slides) as site, watch(site) as (statements, steps, current):
            site.instrument.live.put(ONCE.judged)
            site.instrument.drift.find_warnings()
            site.client.get("/api/v1/calibration")  # reads all that came before once
            read_slides(site.client)
            rules, unmade = set(), []
            for call in list_calls():
                current[0] = ""
                call.prepare(site)
                current[0] = call.name
                answer = call.send(site)
                if answer is not None:
                    rules.add(
                        str(answer.request.path)
                        and site.app.url_map.bind("")
                        .match(answer.request.path, method=answer.request.method, return_rule=True)[0]
                        .rule
                    )
                    _ = answer.data
                    answer.close()
                    if answer.status_code >= 500 and "healthz" not in call.name:
                        unmade.append((call.name, answer.status))
            routes = {rule.rule for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
            found.append((folder / DATABASE_NAME, dict(statements), dict(steps), routes - rules, unmade))
    return found


def test_every_route_that_can_be_looked_at_is_called(watched):
    _, _, _, left_out, unmade = watched[0]
    assert left_out == {NEVER_ENDS}
    assert unmade == []


def test_no_call_reads_a_whole_table(watched):
    path, statements, _, _, _ = watched[0]
    connection = sqlite3.connect(path)
    scans = []
    for statement, (values, call) in statements.items():
        if call and not statement.lstrip().startswith(("PRAGMA", "BEGIN")):
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            scans += [(call, step) for step in plan if step.startswith("SCAN ") and step.split()[1] in RECORD_TABLES]
            scans += [(call, step) for step in plan if "AUTOMATIC" in step]
    connection.close()
    assert len(statements) > 50
    assert scans == []


def test_no_call_does_more_work_because_more_is_stored(watched):
    (_, _, few, _, _), (_, _, many, _, _) = watched
    worse = {
        name: (few.get(name, 0), steps)
        for name, steps in many.items()
        if name and steps > 1.5 * few.get(name, 0) + NOISE_STEPS
    }
    assert sum(many.values()) > 100_000
    assert worse == {}
