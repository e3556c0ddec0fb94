"""Links that open a source at the place a passage stands."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from knowledge_base.catalogue import Location

_WEB = ("https", "http")
_SLIDES = (".pptx", ".ppt", ".odp")
# Its pages read the moment from the query, not from the fragment.
_YOUTUBE = ("youtube.com", "youtu.be")


def is_slide(location: Location) -> bool:
    """Tell whether the page of a location is a slide."""
    return PurePosixPath(location.document).suffix.lower() in _SLIDES


def place_link(location: Location) -> str | None:
    """Return the address of the source, opening at the place where the browser can.

    Pages follow the open parameters of PDF (RFC 8118, section 3), moments the media fragments
    of W3C (https://www.w3.org/TR/media-frags/#naming-time) or, on YouTube, its own parameter.

    Args:
        location: where the passage stands.

    Returns:
        The address, or None when learners find the file nowhere on the web.
    """
    parts = urlsplit(location.url or "")
    if parts.scheme not in _WEB:
        return None
    if location.seconds is not None:
        moment = str(int(location.seconds))
        if _is_youtube(parts.hostname):
            query = [pair for pair in parse_qsl(parts.query) if pair[0] != "t"]
            return urlunsplit(parts._replace(query=urlencode([*query, ("t", moment)])))
        return urlunsplit(parts._replace(fragment=f"t={moment}"))
    if location.page is not None and not is_slide(location):
        return urlunsplit(parts._replace(fragment=f"page={location.page}"))
    if location.anchor:
        return urlunsplit(parts._replace(fragment=location.anchor))
    return location.url


def _is_youtube(host: str | None) -> bool:
    return any(host == name or (host or "").endswith(f".{name}") for name in _YOUTUBE)


def clock_time(seconds: float) -> str:
    """Return a moment of a recording as players show it, e.g. ``02:15`` or ``1:02:15``.

    Args:
        seconds: seconds from the start.
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
