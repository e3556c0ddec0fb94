"""The certificate registry: entries and documents.

The search by ``_id`` and the shape of an entry are in Sunbird's wiki (SB-20865, "Migrate
certificate data") and in the portal's certificate service; the download in Sunbird's design
"SVG templates for certificates". ``certs/validate`` is not used, its body is documented
nowhere.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

from pydantic import Field

from connectors.platform.records import Certificate, NotKnownError, PlatformDataError
from connectors.platform.sunbird_client import Request, SunbirdClient
from connectors.platform.sunbird_fields import Moment, SunbirdModel

_SEARCH = "/certreg/v1/certs/search"
_DOWNLOAD = "/certreg/v2/certs/download/{}"
_SVG = "data:image/svg+xml"


class Recipient(SunbirdModel):
    """Whom a certificate is for."""

    name: str = ""


class Badge(SunbirdModel):
    """What a certificate is for."""

    name: str = ""


class Assertion(SunbirdModel):
    """Open Badges assertion of a certificate."""

    issued_on: Moment | None = None
    recipient: Recipient = Recipient()
    badge: Badge = Badge()
    revoked: bool = False


class CertificateRelations(SunbirdModel):
    """What a certificate belongs to."""

    course_id: str = ""


class CertificateSource(SunbirdModel):
    """Registry entry of a certificate."""

    data: Assertion = Assertion()
    recipient: Recipient = Recipient()
    related: CertificateRelations = CertificateRelations()
    pdf_url: str | None = None
    is_revoked: bool = False


class CertificateEntry(SunbirdModel):
    """Hit of a search in the registry."""

    id: str = Field(alias="_id")
    source: CertificateSource = Field(alias="_source")


class CertificatePage(SunbirdModel):
    """Page of a search in the registry."""

    count: int
    content: tuple[CertificateEntry, ...] = ()


class CertificateSearchResult(SunbirdModel):
    """Result of ``certreg/v1/certs/search``."""

    response: CertificatePage


class CertificateDocument(SunbirdModel):
    """Result of ``certreg/v2/certs/download``: the document as a data URI."""

    print_uri: str


def find_certificate(client: SunbirdClient, number: str) -> Certificate | None:
    """Return the certificate of a number as its registry entry has it.

    Args:
        client: where to ask.
        number: id of the certificate.

    Returns:
        The certificate; None if there is no such certificate or it was revoked.

    Raises:
        PlatformDataError: the certificate exists, but its entry lacks the learner, the
            course or the date, or there is no entry at all (the registry holds documents
            without one). To answer None would call a good certificate false.
    """
    body = {
        "request": {
            "_source": ["data", "recipient", "related", "pdfUrl", "isRevoked"],
            "query": {"match_phrase": {"_id": number}},
        }
    }
    found = client.fetch(Request("POST", _SEARCH, body=body), CertificateSearchResult)
    # A phrase may match more than the number.
    entry = next((hit.source for hit in found.response.content if hit.id == number), None)
    if entry is None:
        try:
            fetch_document(client, number)
        except NotKnownError:
            return None
        raise PlatformDataError(f"POST {_SEARCH}: no entry for a document that exists")
    if entry.is_revoked or entry.data.revoked:
        return None
    learner = entry.data.recipient.name or entry.recipient.name
    if not (learner and entry.data.badge.name and entry.data.issued_on):
        raise PlatformDataError(f"POST {_SEARCH}: learner, course or date missing")
    return Certificate(
        number=number,
        course_id=entry.related.course_id,
        course_name=entry.data.badge.name,
        learner_name=learner,
        issued_on=entry.data.issued_on,
        url=entry.pdf_url,
    )


def fetch_document(client: SunbirdClient, number: str) -> bytes:
    """Return the document of a certificate.

    Args:
        client: where to ask.
        number: id of the certificate.

    Returns:
        The SVG file, as the platform made it; do not show it inside a page unchecked.

    Raises:
        NotKnownError: there is no such certificate.
        PlatformDataError: the document is not an SVG data URI.
    """
    answer = client.fetch(Request("GET", _DOWNLOAD, (number,)), CertificateDocument)
    header, _, data = answer.print_uri.partition(",")
    if not header.startswith(_SVG) or not data:
        raise PlatformDataError(f"GET {_DOWNLOAD}: not an SVG data URI")
    content = unquote_to_bytes(data)
    if not header.endswith(";base64"):
        return content
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        raise PlatformDataError(f"GET {_DOWNLOAD}: broken base64") from None
