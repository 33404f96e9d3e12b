import pytest
from tqdm import tqdm


@pytest.fixture(autouse=True)
def no_monitor(monkeypatch):
    """In our own process a progress bar shall not start tqdm's watching thread, which lives on."""
    monkeypatch.setattr(tqdm, "monitor_interval", 0)
