"""Shapes of Sunbird's answers, as far as they are documented and used."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from connectors.platform.sunbird_fields import Day, Moment, Seconds, State, SunbirdModel


class EnvelopeParams(SunbirdModel):
    """``params`` of an envelope; ``status`` is not read, services disagree on it."""

    err: str = ""


class Envelope(SunbirdModel):
    """What every answer is wrapped in."""

    response_code: str
    params: EnvelopeParams = EnvelopeParams()
    result: Any = None


class PersonalDetails(SunbirdModel):
    """Name in a profile."""

    firstname: str = ""
    surname: str = ""


class ProfessionalDetails(SunbirdModel):
    """Post in a profile."""

    name: str = ""
    designation: str = ""
    group: str = ""


class EmploymentDetails(SunbirdModel):
    """Department in a profile."""

    department_name: str = ""


class CadreDetails(SunbirdModel):
    """Service in a profile."""

    cadre_name: str = ""
    civil_service_name: str = ""
    cadre_batch: str = ""


class ProfileDetails(SunbirdModel):
    """The part of a profile that iGOT added to Sunbird's."""

    personal_details: PersonalDetails = PersonalDetails()
    professional_details: tuple[ProfessionalDetails, ...] = ()
    employment_details: EmploymentDetails = EmploymentDetails()
    cadre_details: CadreDetails = CadreDetails()
    profile_status: str = ""
    ministry_or_state_id: str = ""


class Profile(SunbirdModel):
    """A user."""

    identifier: str
    first_name: str = ""
    last_name: str = ""
    root_org_id: str = ""
    channel: str = ""
    profile_details: ProfileDetails = ProfileDetails()

    @property
    def names(self) -> tuple[str, str]:
        """First name and surname."""
        personal = self.profile_details.personal_details
        return self.first_name or personal.firstname, self.last_name or personal.surname


class ProfileResult(SunbirdModel):
    """Result of ``user/private/v1/read``."""

    response: Profile


class Administrator(SunbirdModel):
    """A user of a search, of whom only the name is read."""

    first_name: str = ""
    last_name: str = ""
    profile_details: ProfileDetails = ProfileDetails()

    @property
    def full_name(self) -> str:
        """First name and surname."""
        personal = self.profile_details.personal_details
        first = personal.firstname or self.first_name
        return f"{first} {personal.surname or self.last_name}".strip()


class UserPage(SunbirdModel):
    """Page of a search for users."""

    count: int
    content: tuple[Administrator, ...] = ()


class UserSearchResult(SunbirdModel):
    """Result of ``private/user/v1/search``."""

    response: UserPage


class IssuedCertificate(SunbirdModel):
    """Certificate of an enrolment; the OpenAPI description has bare strings."""

    token: str = ""
    identifier: str = ""
    id: str = ""
    url: str | None = None
    last_issued_on: Moment | None = None

    @model_validator(mode="before")
    @classmethod
    def _accept_bare_id(cls, data: Any) -> Any:
        return {"identifier": data} if isinstance(data, str) else data

    @property
    def number(self) -> str:
        """What the registry knows it by."""
        return self.token or self.identifier or self.id


class CourseName(SunbirdModel):
    """Content of an enrolment, of which only the name is read."""

    name: str = ""


class Batch(SunbirdModel):
    """Run of a course."""

    batch_id: str = ""


class EnrolledCourse(SunbirdModel):
    """One enrolment, of v1 (``content_status``) or v4 (``lang_content_status``)."""

    course_id: str
    course_name: str = ""
    content: CourseName = CourseName()
    batch_id: str = ""
    batches: tuple[Batch, ...] = ()
    status: State
    completion_percentage: float | None = None
    progress: int = 0
    leaf_nodes_count: int = 0
    enrolled_date: Moment
    completed_on: Moment | None = None
    last_content_access_time: Moment | None = None
    content_status: dict[str, State] = Field(default_factory=dict)
    lang_content_status: dict[str, dict[str, State]] = Field(default_factory=dict)
    issued_certificates: tuple[IssuedCertificate, ...] = ()
    certificates: tuple[IssuedCertificate, ...] = ()

    @property
    def batch(self) -> str:
        """Id of the batch, empty if there is none."""
        return self.batch_id or next((batch.batch_id for batch in self.batches), "")


class EnrolmentInfo(SunbirdModel):
    """Totals over a learner's enrolments."""

    karma_points: int | None = None


class EnrolmentResult(SunbirdModel):
    """Result of the enrolment lists, v1 and v4."""

    courses: tuple[EnrolledCourse, ...]
    user_course_enrolment_info: EnrolmentInfo = EnrolmentInfo()


class SecureSettings(SunbirdModel):
    """Who may see a moderated course, by organisation and verified profile."""

    organisation: tuple[str, ...] = ()
    is_verified_karmayogi: str = ""


class LanguageVersion(SunbirdModel):
    """The same course in another language."""

    id: str = ""


class Content(SunbirdModel):
    """A course, unit or resource in the catalogue."""

    identifier: str
    name: str = ""
    status: str = ""
    mime_type: str = ""
    primary_category: str = ""
    duration: Seconds = 0.0
    minimum_pass_percentage: float | None = None
    secure_settings: SecureSettings | None = None


class ContentTree(Content):
    """A course, unit or resource with what it holds."""

    children: tuple[ContentTree, ...] = ()
    leaf_nodes: tuple[str, ...] = ()
    # The generator would write "languageMapv1".
    language_map_v1: dict[str, LanguageVersion] = Field(default_factory=dict, alias="languageMapV1")


class ContentTreeResult(SunbirdModel):
    """Result of ``course/v1/hierarchy``."""

    content: ContentTree


class ContentSearchResult(SunbirdModel):
    """Result of ``composite/v4/search``; without hits there is no content."""

    count: int
    content: tuple[Content, ...] = ()


def _attempts(value: Any) -> Any:
    # Elsewhere a score is a bare number, whose unit is documented nowhere.
    return value if isinstance(value, list) else []


class Attempt(SunbirdModel):
    """Attempt at an assessment."""

    total_score: float
    total_max_score: float


class ContentState(SunbirdModel):
    """State of a resource."""

    content_id: str
    score: Annotated[tuple[Attempt, ...], BeforeValidator(_attempts)] = ()


class ContentStateResult(SunbirdModel):
    """Result of ``course/v1/content/state/read``."""

    content_list: tuple[ContentState, ...]


class RetakeResult(SunbirdModel):
    """Result of ``admin/assesment/retake/count``."""

    attempts_allowed: int
    attempts_made: int


class Criterion(SunbirdModel):
    """Condition on a profile."""

    criteria_key: str
    criteria_value: tuple[str, ...] = ()


class UserGroup(SunbirdModel):
    """Learners that meet all of some conditions."""

    user_group_criteria_list: tuple[Criterion, ...] = ()


class AccessControl(SunbirdModel):
    """Groups that may see a course."""

    user_groups: tuple[UserGroup, ...] = ()


class AccessResult(SunbirdModel):
    """Result of ``accessSettings/read``."""

    access_control: AccessControl = AccessControl()


class PlannedContent(SunbirdModel):
    """Course of a plan."""

    identifier: str
    name: str = ""
    content_type: str = "Course"


class Plan(SunbirdModel):
    """Capacity building plan of a learner."""

    is_apar: bool = False
    end_date: Day | None = None
    content_list: tuple[PlannedContent, ...] = ()


class PlanResult(SunbirdModel):
    """Result of ``supportportal/cbplan/v2/admin/user/list``."""

    count: int
    content: tuple[Plan, ...] = ()


class Week(SunbirdModel):
    """Learning time of a week, in minutes."""

    timespent: float | None = None


class WeeklyClaps(SunbirdModel):
    """The last four weeks, the running one first."""

    total_claps: int = Field(default=0, alias="total_claps")
    start_date: Day | None = None
    w1: Week = Week()
    w2: Week = Week()
    w3: Week = Week()
    w4: Week = Week()

    @property
    def minutes(self) -> tuple[int, ...]:
        """Minutes by week up to the last one that the platform has."""
        weeks = [week.timespent for week in (self.w1, self.w2, self.w3, self.w4)]
        while weeks and weeks[-1] is None:
            weeks.pop()
        return tuple(round(minutes or 0) for minutes in weeks)


class InsightsResult(SunbirdModel):
    """Result of ``user/v1/activity/insights``."""

    weekly_claps: WeeklyClaps = Field(alias="weekly-claps")


class KarmaCredit(SunbirdModel):
    """Points that were credited."""

    points: int = 0


class KarmaResult(SunbirdModel):
    """Result of ``karmapoints/read``."""

    kp_list: tuple[KarmaCredit, ...]
