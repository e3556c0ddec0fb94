from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.channels.whatsapp.payloads import Failure, Incoming, PayloadError, read
from tests.fakes import whatsapp as fake

ASHA = "IN.1410018717833190"
CODE = "aGVsbG8-d29ybGQ_MTIzNDU2Nzg5MA"


def _read(*messages: dict, **parts: Any) -> list[Incoming]:
    body = json.loads(fake.webhook(*messages, **parts))
    return read(body, fake.PHONE_NUMBER_ID).messages


def _text_of(content: dict) -> str:
    (message,) = _read(fake.message(1, ASHA, content))
    return message.text


def test_a_text_is_read_with_its_sender() -> None:
    assert _read(fake.text_message(1, "साइबर सुरक्षा", ASHA, 1000)) == [
        Incoming("wamid.in1", ASHA, 1000, "साइबर सुरक्षा")
    ]


def test_a_user_without_a_business_scoped_id_is_known_by_number() -> None:
    (message,) = _read(fake.text_message(1, "hello", "919810218674"))
    assert message.chat_id == "919810218674"


def test_the_business_scoped_id_outranks_the_number() -> None:
    body = json.loads(fake.webhook(fake.text_message(1, "hello", "919810218674")))
    value = body["entry"][0]["changes"][0]["value"]
    value["contacts"][0]["user_id"] = ASHA
    assert read(body, fake.PHONE_NUMBER_ID).messages[0].chat_id == ASHA


def test_messages_of_several_users_in_one_webhook_are_told_apart() -> None:
    messages = (fake.text_message(1, "one", ASHA), fake.text_message(2, "two", "IN.2"))
    assert [message.chat_id for message in _read(*messages)] == [ASHA, "IN.2"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"type": "button", "button": {"payload": "/my_plan", "text": "Show"}}, "/my_plan"),
        ({"type": "button", "button": {"text": "Show my plan"}}, "Show my plan"),
        ({"type": "request_welcome"}, "/greet"),
        ({"type": "image", "image": {"id": "1", "caption": "what is this?"}}, "what is this?"),
        ({"type": "text", "text": {"body": "/mydata"}}, "/mydata"),
    ],
)
def test_every_type_of_message_is_read(content: dict, text: str) -> None:
    assert _text_of(content) == text


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"type": "image", "image": {"id": "1"}}, "photo"),
        ({"type": "video", "video": {"id": "1"}}, "photo"),
        ({"type": "audio", "audio": {"id": "1", "voice": True}}, "voice"),
        ({"type": "sticker", "sticker": {"id": "1"}}, "sticker"),
        ({"type": "document", "document": {"id": "1", "filename": "a.pdf"}}, "document"),
        ({"type": "location", "location": {"latitude": 28.6, "longitude": 77.2}}, "location"),
        ({"type": "contacts", "contacts": [{"name": {"first_name": "Asha"}}]}, "contact"),
        ({"type": "unsupported", "errors": [{"code": 131051}]}, "other"),
        ({"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": {}}}, "other"),
        ({"type": "order", "order": {"catalog_id": "1"}}, "other"),
        ({"type": "of next year"}, "other"),
    ],
)
def test_what_holds_no_words_is_named(content: dict, kind: str) -> None:
    assert _text_of(content) == f'/unsupported_message{{"kind": "{kind}"}}'


@pytest.mark.parametrize("kind", ["button_reply", "list_reply"])
def test_a_choice_is_read_by_its_id(kind: str) -> None:
    chosen = {"type": kind, kind: {"id": "Zm9vYmFy", "title": "2. RTI"}}
    (message,) = _read(fake.message(1, ASHA, {"type": "interactive", "interactive": chosen}))
    assert (message.text, message.is_choice) == ("Zm9vYmFy", True)


@pytest.mark.parametrize("typed", [f"LINK {CODE}", f" link  {CODE}\n", f"Link:{CODE}"])
def test_the_linking_message_becomes_the_command(typed: str) -> None:
    assert _text_of({"type": "text", "text": {"body": typed}}) == f"/link {CODE}"


@pytest.mark.parametrize("typed", ["link my account", "LINK", f"please link {CODE} now"])
def test_other_messages_about_links_stay(typed: str) -> None:
    assert _text_of({"type": "text", "text": {"body": typed}}) == typed


def test_an_edited_message_is_read_anew_and_quoted() -> None:
    edit = {
        "original_message_id": "wamid.in1",
        "message": {"type": "text", "text": {"body": "cyber security"}},
    }
    (message,) = _read(fake.message(2, ASHA, {"type": "edit", "edit": edit}))
    assert (message.id, message.text, message.quotes) == (
        "wamid.in2",
        "cyber security",
        "wamid.in1",
    )


@pytest.mark.parametrize(
    "content",
    [
        {"type": "reaction", "reaction": {"message_id": "wamid.out1", "emoji": "👍"}},
        {"type": "system", "system": {"type": "user_changed_number", "body": "A changed"}},
        {"type": "revoke", "revoke": {"original_message_id": "wamid.in1"}},
        {"type": "text", "text": {"body": "hello all"}, "group_id": "g1"},
    ],
)
def test_events_and_groups_are_no_messages(content: dict) -> None:
    assert _read(fake.message(1, ASHA, content)) == []


def test_messages_of_one_webhook_are_ordered_by_time() -> None:
    later = fake.text_message(2, "second", ASHA, 20)
    earlier = fake.text_message(1, "first", ASHA, 10)
    assert [message.text for message in _read(later, earlier)] == ["first", "second"]


def test_an_item_that_is_not_as_documented_does_not_cost_the_others() -> None:
    broken: dict = {"type": "text", "from_user_id": ASHA}
    assert [m.text for m in _read(broken, fake.text_message(1, "hello", ASHA))] == ["hello"]


@pytest.mark.parametrize(
    "odd",
    [
        {"metadata": []},
        {"metadata": "x"},
        {"messages": 5},
        {"messages": {"0": "x"}},
        {"statuses": "x"},
        {"contacts": 5, "messages": ["x"]},
    ],
)
def test_lists_that_are_none_are_left_out(odd: dict[str, Any]) -> None:
    body = json.loads(fake.webhook())
    body["entry"][0]["changes"][0]["value"].update(odd)
    found = read(body, fake.PHONE_NUMBER_ID)
    assert (found.messages, found.failures, found.tags) == ([], [], [])


def test_failed_deliveries_are_read_and_other_reports_are_not() -> None:
    statuses = (
        fake.sent_status(ASHA, "tag"),
        fake.failed_status(ASHA, 131026),
        fake.failed_status("919810218674", 131047),
    )
    body = json.loads(fake.webhook(statuses=statuses))
    found = read(body, fake.PHONE_NUMBER_ID)
    assert (found.messages, found.tags) == ([], ["tag"])
    assert found.failures == [Failure(ASHA, 131026), Failure("919810218674", 131047)]


def test_what_another_number_of_the_account_receives_is_left_out() -> None:
    body = json.loads(fake.webhook(fake.text_message(1, "hello", ASHA)))
    assert read(body, "another number").messages == []


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {},
        {"object": "page", "entry": []},
        {"object": "whatsapp_business_account"},
        {"object": "whatsapp_business_account", "entry": [1]},
        {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages"}]}]},
    ],
)
def test_what_is_no_notification_is_refused(body: Any) -> None:
    with pytest.raises(PayloadError):
        read(body, fake.PHONE_NUMBER_ID)


def test_other_fields_of_the_account_are_left_out() -> None:
    change = {"field": "account_update", "value": {"event": "VERIFIED_ACCOUNT"}}
    body = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
    assert read(body, fake.PHONE_NUMBER_ID).messages == []
