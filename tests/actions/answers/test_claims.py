from __future__ import annotations

import pytest

from knowledge_base.answers.claims import Claim, presentable, split_claims


@pytest.mark.parametrize(
    ("answer", "claims"),
    [
        ("It takes 30 days [1].", [("It takes 30 days.", (1,))]),
        ("It takes a day. [1] It is free.[2]", [("It takes a day.", (1,)), ("It is free.", (2,))]),
        ("One [1][3]. Two [2, 3].", [("One.", (1, 3)), ("Two.", (2, 3))]),
        ("Three [1-3].", [("Three.", (1, 2, 3))]),
        ("No citation. Here is one [1].", [("No citation.", ()), ("Here is one.", (1,))]),
        ("३० दिन लगते हैं [१]। यह मुफ़्त है। [२]", [("३० दिन लगते हैं।", (1,)), ("यह मुफ़्त है।", (2,))]),
        ("یہ مفت ہے [1]۔ آج ہی کریں [2]۔", [("یہ مفت ہے۔", (1,)), ("آج ہی کریں۔", (2,))]),
        ("Pay Rs. 5 to Dr. A. Rao by Sec. 4 [1].", [("Pay Rs. 5 to Dr. A. Rao by Sec. 4.", (1,))]),
        ("शुल्क रु. 10 है [1]। डॉ. राव देखें [2]।", [("शुल्क रु. 10 है।", (1,)), ("डॉ. राव देखें।", (2,))]),
        ("The answer is no. Ask again [1].", [("The answer is no.", ()), ("Ask again.", (1,))]),
        ("Is it free? It is [1]!", [("Is it free?", ()), ("It is!", (1,))]),
        ("【1】 and [^2] count.", [("and count.", (1, 2))]),
        ("A range back [3-1].", [("A range back.", (3, 1))]),
        ("", []),
    ],
)  # fmt: skip
def test_an_answer_is_taken_apart(answer: str, claims: list[tuple[str, tuple[int, ...]]]) -> None:
    assert split_claims(answer) == [Claim(*claim) for claim in claims]


def test_points_of_a_list_are_claims_and_its_lead_in_belongs_to_the_first() -> None:
    answer = "**These are needed:**\n\n1. A form [1]\n2. A fee [2]\n- A signature"
    assert split_claims(answer) == [
        Claim("These are needed: A form", (1,)),
        Claim("A fee", (2,)),
        Claim("A signature", ()),
    ]


def test_a_lead_in_without_a_list_is_a_claim() -> None:
    assert split_claims("Send the password to:") == [Claim("Send the password to:", ())]


def test_markdown_is_not_shown() -> None:
    answer = "## Steps\n\n* **Fill** the `form` [1, 2].\n2. Send it [२]।"
    assert presentable(answer) == "Steps\n• Fill the form [1][2].\n2. Send it [2]।"
