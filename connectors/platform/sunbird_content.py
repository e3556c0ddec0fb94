"""Courses of a Sunbird platform such as iGOT Karmayogi, as a source of the knowledge base."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from connectors.platform.records import (
    NotKnownError,
    PlatformDataError,
    PlatformError,
    PlatformRefusedError,
)
from connectors.platform.settings import SunbirdContentSettings
from connectors.platform.sunbird_client import SunbirdClient
from connectors.platform.sunbird_content_answers import CourseContent, ListingResult
from connectors.platform.sunbird_content_api import FACETS, SunbirdContentApi, UserTokens
from connectors.platform.sunbird_content_listing import CourseListing, filters
from connectors.platform.sunbird_content_mapping import Artifact, MappedCourse, to_course
from connectors.platform.sunbird_downloads import Downloader, FileLeftOutError
from knowledge_base.ingest.source import (
    ItemError,
    ListedCourse,
    ListingPage,
    SourceCourse,
    SourceDocument,
    SourceError,
)

_logger = logging.getLogger(__name__)
_MOST_NAMED = 20
# Nobody waits for a run, so that a platform may ask for patience.
_LONGEST_WAIT_SECONDS = 120.0


class SunbirdContentSource:
    """A ``ContentSource`` over Sunbird's REST API.

    The listing is that of the search; a course is read with ``content/v1/read`` and
    ``course/v1/hierarchy`` (https://knowlg.sunbird.org). Its material are the PDF files, web
    pages and packages of its resources, and the subtitles of its videos.

    Args:
        settings: which platform, and how much of it.
        competencies: ids of the competency model by their names, in small letters; names of
            other competencies are counted.
        sleep: waits a number of seconds between two attempts.

    Attributes:
        facets: of the listing: field -> value -> number of courses.
        unknown_competencies: names that courses have and the competency model has not, with
            the number of courses fetched that have them.

    Raises:
        SourceError: the address is missing or not one of HTTP.
    """

    def __init__(
        self,
        settings: SunbirdContentSettings,
        competencies: Mapping[str, str],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._competencies = competencies
        self._root = settings.url.rstrip("/").removesuffix("/api")
        try:
            self._client = SunbirdClient(
                settings.url,
                settings.api_key.get_secret_value(),
                settings.content_timeout_seconds,
                settings.retries,
                sleep,
                _LONGEST_WAIT_SECONDS,
            )
        except ValueError as error:
            raise SourceError(f"{error}; set SATHI_SUNBIRD_URL") from None
        tokens = UserTokens(
            settings.user_token.get_secret_value(), settings.refresh_token.get_secret_value()
        )
        self._api = SunbirdContentApi(self._client, tokens)
        self._downloads = Downloader(
            self._root,
            settings.content_hosts,
            settings.max_download_megabytes,
            settings.content_timeout_seconds,
            settings.download_seconds,
            settings.retries,
            _LONGEST_WAIT_SECONDS,
            sleep,
        )
        self._folder: Path | None = None
        self.facets: dict[str, dict[str, int]] = {}
        self.unknown_competencies: Counter[str] = Counter()

    @classmethod
    def from_settings(cls, competencies: Mapping[str, str]) -> SunbirdContentSource:
        """Return the source that ``SATHI_SUNBIRD_*`` variables describe.

        Args:
            competencies: see the class.

        Raises:
            SourceError: the address is missing or not one of HTTP.
        """
        return cls(SunbirdContentSettings(), competencies)

    @property
    def name(self) -> str:
        """The platform's address and what of it is taken over."""
        return f"sunbird:{self._root}:{','.join(self._settings.categories)}"

    def __enter__(self) -> SunbirdContentSource:
        """Make the folder for files."""
        self._folder = Path(tempfile.mkdtemp(prefix="sathi-sunbird-"))
        return self

    def __exit__(self, *exception: object) -> None:
        """Remove the folder, close the connections, and say which competencies are missing."""
        for competency, courses in self.unknown_competencies.most_common(_MOST_NAMED):
            _logger.warning(
                "%d courses build %r, which the model does not have", courses, competency
            )
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._downloads.close()
        self._client.close()

    def pages(self, cursor: str | None = None) -> Iterator[ListingPage]:
        """List all courses, oldest first, from a cursor on.

        Files that were fetched for the courses of a page are removed when the next one is
        asked for.

        Raises:
            SourceError: the platform cannot be listed.
        """
        listing = CourseListing(self._search, self._settings.page_size)
        for page in listing.pages(cursor):
            yield page
            self._remove_files()

    def fetch(self, listed: ListedCourse) -> SourceCourse:
        """Fetch a course and its files, which are kept until the next page is asked for.

        Raises:
            ItemError: the course is gone or malformed, or the platform does not give it or one
                of its files at the moment.
        """
        mapped = self._map(listed.id)
        self.unknown_competencies.update(mapped.unknown_competencies)
        problems = list(mapped.problems)
        documents = []
        for number, artifact in enumerate(mapped.artifacts, start=1):
            try:
                documents.append(self._document(listed.id, number, artifact))
            except FileLeftOutError as error:
                problems.append(f"{artifact.name}: {error}")
        return SourceCourse(mapped.course, tuple(documents), problems=tuple(problems))

    def _search(self, offset: int, limit: int) -> ListingResult:
        facets = () if self.facets else FACETS
        wanted = filters(self._settings.categories)
        try:
            found = self._api.search(self._settings.search_path, wanted, offset, limit, facets)
        except PlatformRefusedError as error:
            raise SourceError(
                f"the platform refuses to list its courses ({error}); check "
                "SATHI_SUNBIRD_API_KEY and SATHI_SUNBIRD_USER_TOKEN"
            ) from None
        except (NotKnownError, PlatformDataError) as error:
            raise SourceError(
                f"the platform does not list its courses as Sunbird does ({error}); check "
                "SATHI_SUNBIRD_URL and SATHI_SUNBIRD_SEARCH_PATH"
            ) from None
        except PlatformError as error:
            raise SourceError(
                f"the platform does not answer ({error}); run again later: the run goes on where "
                "it stopped"
            ) from None
        for facet in found.facets:
            self.facets[facet.name] = {value.name: value.count for value in facet.values}
        return found

    def _map(self, course_id: str) -> MappedCourse:
        try:
            details = self._api.read(course_id)
            tree = self._tree(details)
        except NotKnownError:
            raise ItemError("the platform no longer has it") from None
        except PlatformError as error:
            raise ItemError(f"the platform does not give it: {error}") from None
        if details.identifier != course_id:
            raise ItemError(f"the platform gives another course for it: {details.identifier!r}")
        return to_course(details, tree, self._competencies)

    def _tree(self, details: CourseContent) -> CourseContent:
        """Return a course with its resources; one that has no hierarchy is a resource."""
        try:
            return self._api.hierarchy(details.identifier)
        except NotKnownError:
            return details

    def _document(self, course_id: str, number: int, artifact: Artifact) -> SourceDocument:
        if self._folder is None:
            raise RuntimeError("the source has to be opened in a 'with' statement")
        folder = self._folder / course_id
        folder.mkdir(exist_ok=True)
        path = folder / f"{number}{artifact.suffix}"
        self._downloads.download(artifact.url, path)
        return SourceDocument(path, artifact.name, artifact.module, self._link(artifact))

    def _link(self, artifact: Artifact) -> str | None:
        """Return where learners find what a file tells of, unless it may be a lure."""
        try:
            return str(self._downloads.allowed(artifact.shown_at)) if artifact.shown_at else None
        except FileLeftOutError:
            return None

    def _remove_files(self) -> None:
        if self._folder:
            for path in self._folder.iterdir():
                shutil.rmtree(path, ignore_errors=True)
