from __future__ import annotations

from decimal import Decimal

import pytest

from knowledge_base.answers.facts import numbers_in, unknown_names


@pytest.mark.parametrize(
    "text",
    [
        "Rs. 5,00,000", "Rs. 500,000", "500000", "5 lakh", "five lakhs", "5.0 lakh", "0.5 million",
        "५ लाख", "৫ লাখ", "5 லட்சத்தில்", "౫ లక్షల", "5 ലക്ഷം", "۵ لاکھ", "੫ ਲੱਖ", "૫ લાખ",
    ],
)  # fmt: skip
def test_one_number_in_many_forms(text: str) -> None:
    assert numbers_in(text) == {Decimal(500_000)}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("within thirty days", [30]),
        ("twenty-one or twenty two or ninety nine", [21, 22, 99]),
        ("on 12.04.2024 under section 4(1)", [12, 4, 2024, 1]),
        ("2024-25", [2024, 25]),
        ("7.50 per cent", ["7.5"]),
        ("one of them", []),
        ("1 of them", [1]),
        ("sections 4,5 and 6", [4, 5, 6]),
        ("३० दिन", [30]),
        ("05", [5]),
        ("nothing", []),
        ("two hundred crore", [2_000_000_000]),
    ],
)
def test_numbers_of_a_text(text: str, numbers: list[int | str]) -> None:
    assert numbers_in(text) == {Decimal(number) for number in numbers}


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("Applicants ask the Registrar.", "The registrar decides."),
        ("The Registrar's order is final.", "Orders of the Registrar are final."),
        ("Under the RTI Act it is free.", "The Right to Information Act says so."),
        ("The Right to Information Act applies.", "RTI Act of 2005."),
        ("It is done on GeM.", "Buy on GeM."),
        ("Use the Policies of the Ministry.", "The policy of each ministry holds."),
        ("Apply in Delhi to the Registrar.", "दिल्ली में रजिस्ट्रार को आवेदन दें।"),
        ("It falls under RTI.", "यह आरटीआई में आता है।"),
        ("यह GFR में है।", "GFR 2017 applies."),
        ("OTPతో లాగిన్ కావచ్చు.", "మొబైల్కు వచ్చే OTPతో లాగిన్ అవ్వండి."),
        ("Everything is lower case here.", "Nothing of it."),
        ("यहाँ कोई लातिन शब्द नहीं।", "Nothing of it."),
    ],
)
def test_names_that_are_there(sentence: str, evidence: str) -> None:
    assert unknown_names(sentence, evidence) == []


@pytest.mark.parametrize(
    ("sentence", "evidence", "missing"),
    [
        ("Ask the Comptroller in Nagpur.", "Ask the Registrar.", ["Comptroller", "Nagpur"]),
        ("The CAG decides.", "The Registrar decides.", ["CAG"]),
        ("यह CAG देखता है।", "The Registrar decides.", ["CAG"]),
        ("It was signed by Ravi Kumar.", "रजिस्ट्रार ने किया।", ["Ravi", "Kumar"]),
        ("It falls under GFR.", "यह आरटीआई में आता है।", ["GFR"]),
        ("Ask Kumar.", "Kamra knows.", ["Kumar"]),
    ],
)
def test_names_that_are_not(sentence: str, evidence: str, missing: list[str]) -> None:
    assert unknown_names(sentence, evidence) == missing
