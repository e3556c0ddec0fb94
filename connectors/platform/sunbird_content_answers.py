"""Shapes of Sunbird's answers about courses and their material.

Fields: Knowlg's content schema (Sunbird-Knowlg/knowledge-platform, schemas/content) and what
iGOT added to it. ``language``, ``keywords`` and ``organisation`` are lists or bare strings,
lists of objects are sometimes JSON within a string.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from connectors.platform.sunbird_fields import Seconds, SunbirdModel


def _texts(value: Any) -> Any:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list):
        return values
    return [text.strip() for text in values if isinstance(text, str) and text.strip()]


def _objects(value: Any) -> Any:
    if isinstance(value, str):
        return json.loads(value) if value.strip() else []
    return value


def _rating(value: Any) -> Any:
    # Zero stands for a course that nobody has rated yet.
    return None if value in (0, "", "0", "0.0") else value


def _is_yes(value: Any) -> Any:
    return value.casefold() in {"yes", "true"} if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class ListedContent(SunbirdModel):
    """An entry of the listing."""

    identifier: str = Field(min_length=1)
    status: str = ""
    version_key: str = ""
    last_updated_on: str = ""


class FacetValue(SunbirdModel):
    """How many contents have a value."""

    name: str
    count: int


class Facet(SunbirdModel):
    """The values of a field over all that a search finds."""

    name: str
    values: tuple[FacetValue, ...] = ()


class ListingResult(SunbirdModel):
    """Result of a search; entries are read one by one, since one may be broken."""

    count: int = Field(ge=0)
    content: tuple[Any, ...] = ()
    facets: tuple[Facet, ...] = ()


class CompetencyTag(SunbirdModel):
    """What a course builds, of ``competencies_v6`` or ``competencies_v5``."""

    theme: str = Field(
        default="", validation_alias=AliasChoices("competencyThemeName", "competencyTheme")
    )
    sub_theme: str = Field(
        default="", validation_alias=AliasChoices("competencySubThemeName", "competencySubTheme")
    )


Tags = Annotated[tuple[CompetencyTag, ...], BeforeValidator(_objects)]


class Transcript(SunbirdModel):
    """Subtitles of a video."""

    artifact_url: str
    language: str = ""
    language_code: str = ""


class CourseContent(SunbirdModel):
    """A course, unit or resource with all that is taken over."""

    identifier: str
    name: str = ""
    description: str = ""
    instructions: str = ""
    mime_type: str = ""
    primary_category: str = ""
    duration: Seconds = 0.0
    language: Texts = ()
    keywords: Texts = ()
    organisation: Texts = ()
    source: str = ""
    creator: str = ""
    difficulty_level: str = ""
    avg_rating: Annotated[float | None, BeforeValidator(_rating)] = None
    is_mandatory: Annotated[bool, BeforeValidator(_is_yes)] = False
    # The generator would write "competenciesV6".
    competencies_v6: Tags = Field(default=(), alias="competencies_v6")
    competencies_v5: Tags = Field(default=(), alias="competencies_v5")
    artifact_url: str = ""
    download_url: str = ""
    transcripts: Annotated[tuple[Transcript, ...], BeforeValidator(_objects)] = ()
    children: tuple[CourseContent, ...] = ()


class CourseContentResult(SunbirdModel):
    """Result of ``content/v1/read`` and ``course/v1/hierarchy``."""

    content: CourseContent


class TokenResult(SunbirdModel):
    """Result of ``auth/v1/refresh/token``, named as OAuth does (RFC 6749, section 5.1)."""

    access_token: str = Field(alias="access_token", min_length=1)
    refresh_token: str = Field(default="", alias="refresh_token")
