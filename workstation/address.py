"""How a device is read over the network: the same feed that its page serves to anybody."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from urllib3.util.retry import Retry

from contract.feed import MOST_ROWS, FeedPage, parse_page
from contract.schema import find_head, is_known
from workstation.sources import CHUNK_BYTES, DeletedError, Kind, SourceError

FILE_NAMES: dict[Kind, str] = {"raw": "raw.png", "annotated": "annotated.jpg"}

_RETRIES = Retry(total=3, backoff_factor=0.5, status_forcelist=(502, 503, 504), allowed_methods=("GET",))


class DeviceAddress:
    """A device on the network. A lost answer is asked for again three times; nothing here changes the device.

    Args:
        address: http or https, with user:password@ where the device requires a sign-in.
        timeout_s: longest silence of the device.
    """

    def __init__(self, address: str, timeout_s: float) -> None:
        parts = urlsplit(address)
        if not parts.hostname:
            raise SourceError(f"{parts.scheme}://: no host in it (expected http://host:port)")
        place = parts.netloc.rpartition("@")[2]
        self._root = f"{parts.scheme}://{place}{parts.path.rstrip('/')}"
        user, password = (unquote(part or "").encode() for part in (parts.username, parts.password))
        self._sign_in = HTTPBasicAuth(user, password) if "@" in parts.netloc else None
        self._timeout_s = timeout_s

    @property
    def name(self) -> str:
        """The address without user and password."""
        return self._root

    def __enter__(self) -> Self:
        """Ask the device for its first record: who it is, and whether this program knows its tables."""
        self._session = requests.Session()
        self._session.auth = self._sign_in
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=_RETRIES))
        try:
            revision = self.read_records(0, 1).revision
            if not is_known(revision):
                what = f"{self.name}: tables of version {revision}, newer than this program"
                raise SourceError(f"{what} (expected {find_head()} at most)")
        except BaseException:
            self._session.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._session.close()

    def read_records(self, after: int, limit: int) -> FeedPage:
        """Read the records that follow `after`, at most `limit`; a device may give fewer."""
        with self._get("/api/v1/records", {"after": after, "limit": min(limit, MOST_ROWS)}) as answer:
            try:
                page = answer.json()
            except requests.exceptions.JSONDecodeError as error:
                raise SourceError(f"{answer.url}: no JSON (expected the page of a Leukoscope device)") from error
        return parse_page(page, self.name)

    def read_file(self, capture: dict[str, Any], kind: Kind) -> Iterator[bytes]:
        """Read a file of a capture piece by piece."""
        with self._get(f"/api/v1/captures/{capture['id']}/{FILE_NAMES[kind]}", {}) as answer:
            yield from answer.iter_content(CHUNK_BYTES)

    @contextmanager
    def _get(self, path: str, query: dict[str, int]) -> Iterator[requests.Response]:
        url = f"{self._root}{path}"
        try:
            with self._session.get(url, params=query, timeout=self._timeout_s, stream=True) as answer:
                if answer.status_code in (401, 403):
                    raise SourceError(f"{url}: sign-in refused (expected user:password@ in the address)")
                if answer.status_code == requests.codes.gone:
                    raise DeletedError(f"{url}: deleted on the device (expected no file any more)")
                if answer.status_code != requests.codes.ok:
                    raise SourceError(f"{url}: {answer.status_code} {answer.reason} (expected 200)")
                yield answer
        except requests.RequestException as error:
            reason = _explain(error)
            raise SourceError(f"{url}: {reason} (expected an answer within {self._timeout_s:g} s)") from error


def _explain(error: requests.RequestException) -> str:
    """Name the innermost cause, for the outer ones repeat it with the addresses of objects."""
    cause: BaseException = error
    while cause.__cause__ is not None or cause.__context__ is not None:
        cause = cause.__cause__ or cause.__context__  # type: ignore[assignment]  # one of them is there
    return str(cause) or type(cause).__name__
