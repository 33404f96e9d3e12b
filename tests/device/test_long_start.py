"""A large database of an older program: the service manager is asked for patience before it is changed."""

import socket

from alembic import command

from contract.database import open_engine
from contract.schema import _configure
from device.keeping.store import DATABASE_NAME, Store


def listen_while_opening(folder, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(folder / "notify"))
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(folder / "notify"))
        with Store(folder / DATABASE_NAME, "scope"):
            try:
                return manager.recv(4096).decode()
            except BlockingIOError:
                return ""


def test_patience_is_asked_for_where_an_older_database_is_brought_up_to_date_and_only_there(tmp_path, monkeypatch):
    with open_engine(tmp_path / DATABASE_NAME, foreign_keys=False).begin() as connection:
        command.upgrade(_configure(connection), "0003")
    told = listen_while_opening(tmp_path, monkeypatch)
    assert "EXTEND_TIMEOUT_USEC=1800000000" in told.splitlines()
    (tmp_path / "notify").unlink()
    assert listen_while_opening(tmp_path, monkeypatch) == ""
