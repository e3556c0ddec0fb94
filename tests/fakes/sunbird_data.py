"""What the fake Sunbird knows: three learners, their courses and certificates.

All people are invented. The finished course has the ids of the sample in the OpenAPI file,
whose schema requires them.
"""

from __future__ import annotations

from typing import Any

API_KEY = "fake-api-key-7d1f"
ASHA = "0b9a2f7e-6f0a-4a53-9e43-2f1f7c1c0a01"
RAVI = "0b9a2f7e-6f0a-4a53-9e43-2f1f7c1c0a02"
NEWCOMER = "0b9a2f7e-6f0a-4a53-9e43-2f1f7c1c0a03"
TOKENS = {ASHA: "fake-token-asha", RAVI: "fake-token-ravi", NEWCOMER: "fake-token-new"}
ASHA_ORGANISATION = "01359123456789"
OTHER_ORGANISATION = "01359999999999"

FINISHED = "do_11305961646828748812224"
FINISHED_PDF = "do_11305605610466508811"
UNFINISHED = "do_1141986246718750721214"
BILINGUAL = "do_1142000000000000000001"
BILINGUAL_HINDI = "do_1142000000000000000002"
PROGRAMME = "do_1142000000000000000003"
UNTOUCHED = "do_1142000000000000000004"
RETIRED = "do_1142000000000000000005"
IN_REVIEW = "do_1142000000000000000006"
FOR_OTHER_ORGANISATION = "do_1142000000000000000007"
FOR_OWN_ORGANISATION = "do_1142000000000000000010"
FOR_ASSISTANTS = "do_1142000000000000000008"
FOR_DIRECTORS = "do_1142000000000000000009"

CERTIFICATE = "A8T4Q7"
CERTIFICATE_WITHOUT_ENTRY = "1-3c1f0a52-0000-4000-8000-000000000001"
REVOKED_CERTIFICATE = "R3V0K3"

_COLLECTION = "application/vnd.ekstep.content-collection"
_SCORM = "application/vnd.ekstep.html-archive"
_QUESTION_SET = "application/vnd.sunbird.questionset"

PROFILES: dict[str, dict[str, Any]] = {
    ASHA: {
        "identifier": ASHA,
        "firstName": "Asha",
        "lastName": "Testwala",
        "rootOrgId": ASHA_ORGANISATION,
        "channel": "Sample Ministry",
        "profileDetails": {
            "personalDetails": {
                "firstname": "Asha",
                "surname": "Testwala",
                "primaryEmail": "asha@sample.invalid",
                "mobile": 9000000001,
            },
            "professionalDetails": [
                {
                    "name": "Department of Samples",
                    "designation": "Assistant Section Officer",
                    "group": "Group B",
                }
            ],
            "employmentDetails": {"departmentName": "Department of Samples"},
            "cadreDetails": {"cadreName": None, "civilServiceName": None, "cadreBatch": 2012},
            "profileStatus": "VERIFIED",
        },
    },
    RAVI: {
        "identifier": RAVI,
        "firstName": "Ravi",
        "lastName": None,
        "rootOrgId": OTHER_ORGANISATION,
        "channel": "Other Ministry",
        "profileDetails": {"personalDetails": None, "professionalDetails": None},
    },
    NEWCOMER: {"identifier": NEWCOMER, "firstName": "Noor", "lastName": "Newcomer"},
}

ADMINISTRATOR = {
    "firstName": "Meera",
    "profileDetails": {"personalDetails": {"firstname": "Meera", "surname": "Adminwala"}},
}


def _leaf(identifier: str, name: str, mime_type: str, seconds: str, **more: Any) -> dict[str, Any]:
    return {
        "identifier": identifier,
        "name": name,
        "mimeType": mime_type,
        "primaryCategory": "Learning Resource",
        "duration": seconds,
        "status": "Live",
        **more,
    }


def _unit(identifier: str, name: str, *children: dict[str, Any]) -> dict[str, Any]:
    return {
        "identifier": identifier,
        "name": name,
        "mimeType": _COLLECTION,
        "primaryCategory": "Course Unit",
        "children": list(children),
    }


def _course(identifier: str, name: str, *children: dict[str, Any], **more: Any) -> dict[str, Any]:
    unit = _unit(identifier, name, *children)
    return unit | {"primaryCategory": "Course", "status": "Live", "duration": "7200", **more}


_finished = _course(
    FINISHED,
    "Office Procedure",
    _leaf(FINISHED_PDF, "The manual", "application/pdf", "600"),
    leafNodes=[FINISHED_PDF],
)
_unfinished = _course(
    UNFINISHED,
    "Leadership Programme",
    _unit(
        "do_unit_1",
        "Basics",
        _leaf("do_video", "What leaders do", "video/mp4", "605"),
        _leaf("do_scorm", "Practise it", _SCORM, "1200"),
    ),
    _unit(
        "do_unit_2",
        "Depth",
        _leaf("do_pdf", "Further reading", "application/pdf", ""),
        _leaf(
            "do_assessment",
            "Final assessment",
            _QUESTION_SET,
            "1800",
            primaryCategory="Course Assessment",
            minimumPassPercentage=60,
            children=[{"identifier": "do_question", "name": "Q1", "mimeType": ""}],
        ),
        _leaf("do_optional", "For the curious", "text/x-url", "60"),
    ),
    leafNodes=["do_video", "do_scorm", "do_pdf", "do_assessment", "do_survey"],
)
TREES: dict[str, dict[str, Any]] = {
    FINISHED: _finished,
    UNFINISHED: _unfinished,
    PROGRAMME: _course(PROGRAMME, "Programme", _finished, _unfinished),
    BILINGUAL: _course(
        BILINGUAL,
        "Notings",
        _leaf("do_notings_en", "Video", "video/mp4", "300"),
        languageMapV1={
            "en": {"id": BILINGUAL, "status": "Live", "isBaseLang": True},
            "hi": {"id": BILINGUAL_HINDI, "status": "Live", "isBaseLang": False},
        },
    ),
    BILINGUAL_HINDI: _course(
        BILINGUAL_HINDI,
        "टिप्पणी लेखन",
        _leaf("do_notings_hi", "वीडियो", "video/mp4", "300"),
        _leaf("do_notings_hi_2", "दूसरा वीडियो", "video/mp4", "300"),
    ),
    UNTOUCHED: _course(UNTOUCHED, "Ethics", _leaf("do_ethics", "Video", "video/webm", "20")),
}

# What the catalogue's search finds besides the trees.
CONTENTS: dict[str, dict[str, Any]] = {
    "do_survey": _leaf("do_survey", "Your opinion", "text/x-url", "120", status="Draft"),
    RETIRED: _course(RETIRED, "Fax Machines", status="Retired"),
    IN_REVIEW: _course(IN_REVIEW, "Quantum Filing", status="Review"),
    FOR_OWN_ORGANISATION: _course(
        FOR_OWN_ORGANISATION,
        "House Rules",
        secureSettings={"organisation": [ASHA_ORGANISATION], "isVerifiedKarmayogi": "Yes"},
    ),
    FOR_OTHER_ORGANISATION: _course(
        FOR_OTHER_ORGANISATION,
        "Signals",
        secureSettings={
            "organisation": [OTHER_ORGANISATION],
            "isVerifiedKarmayogi": "Yes",
            "version": 1,
        },
    ),
    FOR_ASSISTANTS: _course(FOR_ASSISTANTS, "Section Work"),
    FOR_DIRECTORS: _course(FOR_DIRECTORS, "Running a Division"),
}


def _groups(*designations: str) -> dict[str, Any]:
    first = [
        {"criteriaKey": "designation", "criteriaValue": list(designations)},
        {"criteriaKey": "rootOrgId", "criteriaValue": [ASHA_ORGANISATION]},
    ]
    second = [{"criteriaKey": "cadre", "criteriaValue": ["Sample Cadre"]}]
    groups = [
        {"userGroupName": name, "userGroupCriteriaList": criteria}
        for name, criteria in (("A", first), ("B", second))
    ]
    return {"accessControl": {"version": 1, "userGroups": groups}}


ACCESS: dict[str, dict[str, Any]] = {
    FOR_ASSISTANTS: _groups("Assistant Section Officer"),
    FOR_DIRECTORS: _groups("Director"),
}


def _enrolment(course: str, name: str, status: int, **more: Any) -> dict[str, Any]:
    return {
        "courseId": course,
        "courseName": name,
        "contentId": course,
        "collectionId": course,
        "batchId": "0141986246730670081215",
        "status": status,
        "progress": 0,
        "leafNodesCount": 1,
        "enrolledDate": 1747000000000,
        "completedOn": None,
        "completionPercentage": None,
        "issuedCertificates": [],
        "langContentStatus": {},
        "content": {"identifier": course, "name": name},
        **more,
    }


_finished_enrolment = _enrolment(
    FINISHED,
    "Office Procedure",
    2,
    progress=1,
    completionPercentage=100,
    enrolledDate=1594191696100,
    completedOn=1595422613486,
    langContentStatus={"en": {FINISHED_PDF: 2}},
    issuedCertificates=[
        {
            "identifier": "fe2aadc6-5065-460a-98ed-4de17bc13f62",
            "name": "Course completion certificate",
            "token": CERTIFICATE,
            "lastIssuedOn": "2020-07-22T12:57:44.335+00:00",
        }
    ],
)
ENROLMENTS: dict[str, list[dict[str, Any]]] = {
    ASHA: [
        _finished_enrolment,
        _enrolment(
            UNFINISHED,
            "Leadership Programme",
            1,
            completionPercentage=40.5,
            progress=2,
            leafNodesCount=5,
            lastContentAccessTime=1748000000000,
            langContentStatus={"en": {"do_video": 2, "do_scorm": 1, "do_assessment": 0}},
        ),
        _enrolment(
            BILINGUAL,
            "Notings",
            1,
            batchId=None,
            batches=[{"batchId": "0142"}],
            progress=1,
            leafNodesCount=2,
            langContentStatus={"hi": {"do_notings_hi": 2}},
        ),
        _enrolment(PROGRAMME, "Programme", 1, completionPercentage=50),
        _enrolment(UNTOUCHED, "Ethics", 0, enrolledDate="2021-01-07 09:04:56:356+0000"),
    ],
    RAVI: [_finished_enrolment],
    NEWCOMER: [],
}
KARMA_TOTALS = {ASHA: 120}
KARMA_CREDITS = [{"context_id": FINISHED, "points": 5}, {"context_id": FINISHED, "points": 2}]

SCORES = {
    "do_assessment": [
        {"attemptId": "a1", "totalScore": 4.0, "totalMaxScore": 10.0},
        {"attemptId": "a2", "totalScore": 5.5, "totalMaxScore": 10.0},
    ]
}
RETAKES = {"do_assessment": {"attemptsAllowed": 3, "attemptsMade": 2}}

PLANS: dict[str, list[dict[str, Any]]] = {
    ASHA: [
        {
            "id": "plan-1",
            "isApar": False,
            "endDate": "2026-05-31",
            "contentList": [
                {"identifier": UNFINISHED, "name": "Leadership Programme", "contentType": "Course"},
                {"identifier": "do_event", "name": "A webinar", "contentType": "Event"},
            ],
        },
        {
            "id": "plan-2",
            "isApar": True,
            # The 31st of March in India.
            "endDate": "2026-03-30T18:30:00.000Z",
            "contentList": [
                {"identifier": UNFINISHED, "name": "Leadership Programme", "contentType": "Course"},
                {"identifier": FINISHED, "name": "Office Procedure", "contentType": "Course"},
            ],
        },
        {
            "id": "plan-3",
            "isApar": False,
            "endDate": None,
            "contentList": [
                {"identifier": UNTOUCHED, "name": "Ethics", "contentType": "Course"},
            ],
        },
    ]
}

INSIGHTS: dict[str, dict[str, Any]] = {
    ASHA: {
        "total_claps": 3,
        "startDate": "2026-05-11",
        "endDate": "2026-05-17",
        "w1": {"timespent": 72.5},
        "w2": {"timespent": 38.0},
        "w3": {"timespent": 91.3},
        "w4": {"timespent": None},
    }
}


def _entry(number: str, revoked: bool) -> dict[str, Any]:
    return {
        "_id": number,
        "_source": {
            "data": {
                "issuedOn": "2020-07-22T12:57:44Z",
                "recipient": {"identity": ASHA, "name": "Asha Testwala"},
                "badge": {"name": "Office Procedure", "issuer": {"name": "Sample Institute"}},
                "revoked": revoked,
            },
            "recipient": {"id": ASHA, "name": "Asha Testwala"},
            "related": {"courseId": FINISHED, "type": "course"},
            "pdfUrl": None,
        },
    }


REGISTRY = {
    CERTIFICATE: _entry(CERTIFICATE, revoked=False),
    REVOKED_CERTIFICATE: _entry(REVOKED_CERTIFICATE, revoked=True),
}
DOCUMENTS = {
    CERTIFICATE: "data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'/%3E",
    CERTIFICATE_WITHOUT_ENTRY: "data:image/svg+xml;base64,PHN2Zy8+",
}
