"""Who may use the page: all on the device itself, those with a password on a network, and no other site's scripts."""

import ipaddress
import socket
from collections.abc import Callable
from pathlib import Path

from flask import Response, request
from flask_openapi3.openapi import OpenAPI

from contract.failures import Refusal
from contract.settings import PageSettings
from device.page.accounts import Accounts
from device.page.answers import refuse
from device.page.body_limits import limit_body
from device.page.gate import Gate
from device.page.policy import mark

OWN_HEADER = "X-Leukoscope"
"""A browser lets no other site send it unasked, and we never grant it: our page sends it, or a user's own script."""

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class AccessError(Refusal):
    """The page would stand open on a network. Bind it to 127.0.0.1, or give device.page.password_file."""


def install_access(app: OpenAPI, settings: PageSettings, gate: Gate) -> None:
    """Guard every request and mark every answer.

    Args:
        app: the application.
        settings: host and further names.
        gate: who is let in.
    """
    for guard in (_guard_host(settings), _guard_origin, gate.guard, limit_body):
        app.before_request(guard)
    app.after_request(mark)


def open_accounts(settings: PageSettings) -> Accounts | None:
    """Read who may sign in.

    Args:
        settings: host and password file.

    Returns:
        The users; None where the page is for this machine alone.

    Raises:
        AccessError: another host than loopback without a password file.
        PasswordError: the password file cannot be used.
    """
    if settings.password_file:
        return Accounts(Path(settings.password_file))
    if not is_loopback(settings.host):
        raise AccessError(f"device.page.host: {settings.host} (expected 127.0.0.1, or a device.page.password_file)")
    return None


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach the host."""
    if host in LOOPBACK_NAMES:
        return True
    address = _read_address(host)
    return address is not None and address.is_loopback


def _guard_host(settings: PageSettings) -> Callable[[], Response | None]:
    names = LOOPBACK_NAMES | {name.lower() for name in settings.allowed_hosts}
    on_network = not is_loopback(settings.host)
    if on_network:
        own = socket.gethostname().lower()
        names |= {own, f"{own}.local", settings.host.lower()}

    def guard() -> Response | None:
        name = _strip_port(request.host).lower()
        # DNS rebinding needs a name: an address in numbers is what the person typed
        if name in names or (on_network and _read_address(name) is not None):
            return None
        return refuse(400, f"host: {name[:80]!r} (expected a name of this device, or one of device.page.allowed_hosts)")

    return guard


def _guard_origin() -> Response | None:
    if request.method in SAFE_METHODS:
        return None
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        return refuse(403, f"origin: {origin[:80]!r} (expected the page of this device)")
    if origin is None and OWN_HEADER not in request.headers:
        return refuse(403, f"header {OWN_HEADER} is missing (expected with every request that changes something)")
    return None


def _strip_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _read_address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
