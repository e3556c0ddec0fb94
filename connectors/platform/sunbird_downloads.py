"""Files of courses, fetched from where the platform stores them and nowhere else.

The addresses stand in content that many authors write. Were all of them fetched, an author
could make the server that takes courses in ask services of its own network (server-side request
forgery, CWE-918; OWASP, "Server Side Request Forgery Prevention Cheat Sheet", case 1). So hosts
are allowed by name: the platform's own and those of a setting. Addresses are checked as the
HTTP client reads them, every redirect anew, and no credentials go out. A list of forbidden
addresses would have to be complete, and would have to be checked against the name server's
answer at the moment of connecting; a list of allowed hosts needs neither.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path

import httpx
from tenacity import Retrying

from connectors.retrying import (
    TRANSIENT_FAULTS,
    TransientError,
    raise_if_transient,
    retry_options,
)
from knowledge_base.ingest.source import ItemError

_logger = logging.getLogger(__name__)
_MEGABYTE = 1024 * 1024
_MOST_REDIRECTS = 3
_DEFAULT_PORTS = {"https": 443, "http": 80}


class FileLeftOutError(RuntimeError):
    """This file cannot be had, now or later; the message says why and what mends it."""


class Downloader:
    """Fetch files to a folder.

    Args:
        root: address of the platform; relative addresses start there.
        hosts: other hosts that files may come from, ``name`` or ``name:port``.
        max_megabytes: size of the largest file.
        timeout_seconds: limit to connect, and between two pieces of a file.
        file_seconds: how long one file may take.
        retries: attempts after the first.
        longest_wait_seconds: a server that asks for a longer wait is not asked again.
        sleep: waits a number of seconds.
    """

    def __init__(
        self,
        root: str,
        hosts: Sequence[str],
        max_megabytes: int,
        timeout_seconds: float,
        file_seconds: float,
        retries: int,
        longest_wait_seconds: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._root = httpx.URL(root)
        self._schemes = {"https", self._root.scheme}
        self._hosts = {_origin(self._root), *(host.lower() for host in hosts)}
        self._max_megabytes = max_megabytes
        self._file_seconds = file_seconds
        self._http = httpx.Client(timeout=timeout_seconds, follow_redirects=False)
        self._retrying = Retrying(
            sleep=sleep, **retry_options(retries, longest_wait_seconds, _logger)
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def allowed(self, address: str) -> httpx.URL:
        """Return an address, made absolute, if files may come from there.

        Raises:
            FileLeftOutError: they may not.
        """
        try:
            url = self._root.join(address)
        except (httpx.InvalidURL, ValueError):
            raise FileLeftOutError("its address is none; mend it on the platform") from None
        self._check(url)
        return url

    def download(self, address: str, target: Path) -> None:
        """Fetch a file piece by piece.

        Args:
            address: where it is.
            target: the file to write.

        Raises:
            FileLeftOutError: it may not be fetched, is not there or too large.
            ItemError: the server does not give it at the moment.
        """
        url = self.allowed(address)
        try:
            self._retrying(self._fetch, url, target)
        except TransientError as error:
            raise ItemError(f"a file of {url.host} cannot be fetched: {error}; run again") from None

    def _fetch(self, url: httpx.URL, target: Path) -> None:
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                with self._http.stream("GET", url) as response:
                    if response.next_request is None:
                        self._write(response, target)
                        return
                    url = response.next_request.url
                self._check(url)
        except TRANSIENT_FAULTS as error:
            raise TransientError(type(error).__name__) from None
        except httpx.HTTPError as error:
            raise FileLeftOutError(
                f"{url.host} answers with a fault: {type(error).__name__}"
            ) from None
        raise FileLeftOutError(f"{url.host} sends from one address to another without end")

    def _write(self, response: httpx.Response, target: Path) -> None:
        host, status = response.url.host, response.status_code
        raise_if_transient(response)
        if status != HTTPStatus.OK:
            raise FileLeftOutError(f"{host} answers HTTP {status}; mend the file on the platform")
        limit = self._max_megabytes * _MEGABYTE
        announced = response.headers.get("Content-Length", "")
        size = int(announced) if announced.isascii() and announced.isdigit() else 0
        end = time.monotonic() + self._file_seconds
        with target.open("wb") as file:
            if size <= limit:
                for piece in response.iter_bytes():
                    size = file.tell() + len(piece)
                    if size > limit:
                        break
                    if time.monotonic() > end:
                        raise TransientError(f"it takes longer than {self._file_seconds:g} s")
                    file.write(piece)
        if size > limit:
            target.unlink()
            raise FileLeftOutError(
                f"it is larger than {self._max_megabytes} MB; make it smaller, or set "
                "SATHI_SUNBIRD_MAX_DOWNLOAD_MEGABYTES"
            )

    def _check(self, url: httpx.URL) -> None:
        if url.scheme not in self._schemes:
            raise FileLeftOutError("its address does not start with https://")
        if not {_origin(url), *_bare(url)} & self._hosts:
            raise FileLeftOutError(
                f"files of {url.host or 'no host'} are not fetched; if the platform stores files "
                "there, add it to SATHI_SUNBIRD_CONTENT_HOSTS"
            )


def _origin(url: httpx.URL) -> str:
    return f"{url.host}:{url.port or _DEFAULT_PORTS.get(url.scheme, 0)}".lower()


def _bare(url: httpx.URL) -> set[str]:
    """Return the host's name alone, which stands for its usual port."""
    return {url.host.lower()} if url.port in (None, _DEFAULT_PORTS.get(url.scheme)) else set()
