"""What the page's tests share: an open instrument and a client of its application."""

import pytest

from device.page.app import create_app
from tests.device.page.made_instrument import open_instrument


@pytest.fixture
def instrument(tmp_path):
    with open_instrument(tmp_path) as opened:
        yield opened


@pytest.fixture
def client(instrument):
    # what a browser's page sends with each request that changes something
    client = create_app(instrument).test_client()
    client.environ_base["HTTP_X_LEUKOSCOPE"] = "page"
    return client
