"""Made-up requests against every operation of the OpenAPI document: no 5xx, no status that it does not name."""

import os

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from device.page.app import create_app
from tests.device.page.made_instrument import make_annotated, open_instrument, show

EXAMPLES = int(os.environ.get("LEUKOSCOPE_API_EXAMPLES", "8"))
"""`make test-api` sends more."""

HEAVY = {"/api/v1/calibration": "post", "/api/v1/bundles/use": "post"}
"""These load a network; one request of each has a test of its own."""

MEANT = {"/healthz", "/stream.mjpg"}
"""Their 503 is an answer: the pictures of this test are old, and its client closes no stream before it asks again."""

WANTED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with open_instrument(tmp_path_factory.mktemp("api")) as instrument:
        for seq in range(1, 4):
            show(instrument, make_annotated(seq))
        app = create_app(instrument)
        instrument.live.close()  # whoever waits for a frame is answered at once
        with app.test_client() as client:
            assert client.get("/api/v1/frame.jpg").status_code == 200
        yield app


def test_made_up_requests_get_documented_answers(app):
    load_all_checks()
    schema = schemathesis.openapi.from_wsgi("/openapi/openapi.json", app)
    wrong = {}
    for found in schema.get_all_operations():
        assert hasattr(found, "ok"), found.err()
        operation = found.ok()
        if HEAVY.get(operation.path) != operation.method.lower():
            for mode in GenerationMode:
                _try(operation, mode, wrong)
    assert not wrong, "\n\n".join(f"{name}:\n{why}" for name, why in wrong.items())


def _try(operation, mode, wrong):
    """Requests that fit the document, and requests that do not where it leaves room for such."""
    checks = CHECKS.get_by_names(list(WANTED[operation.path in MEANT :]))

    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    def ask(case):
        headers = {"X-Leukoscope": "test"}
        case.call_and_validate(headers=headers, checks=checks)

    try:
        ask()
    except Unsatisfiable:
        return
    except (Exception, BaseExceptionGroup) as failure:  # noqa: BLE001 - all are tried, then all findings told
        wrong[f"{operation.label} ({mode.value})"] = str(failure)[:1500]
