from __future__ import annotations

from pathlib import Path

import pytest
import regex
import yaml
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.indic_tokenizer import IndicTokenizer
from knowledge_base.languages.normalise import normalise
from tests.assistant.conftest import language_folders


@pytest.fixture(scope="module")
def tokenizer() -> IndicTokenizer:
    return IndicTokenizer(IndicTokenizer.get_default_config())


def words(tokenizer: IndicTokenizer, text: str) -> list:
    return [token.text for token in tokenizer.tokenize(Message.build(text), TEXT)]


def test_joiners_do_not_make_another_word(tokenizer: IndicTokenizer) -> None:
    assert words(tokenizer, "क्‍या है") == words(tokenizer, "क्या है") == ["क्या", "है"]


def test_danda_is_no_token(tokenizer: IndicTokenizer) -> None:
    assert words(tokenizer, "यह पाठ्यक्रम है।") == ["यह", "पाठ्यक्रम", "है"]


@pytest.mark.parametrize(
    "text",
    [
        "पाठ्यक्रम की अवधि क्या है?",
        "প্রশিক্ষণ কোর্সের সময়সীমা",
        "தகவல் அறியும் உரிமைச் சட்டம்",
        "సమాచార హక్కు చట్టం",
        "માહિતીનો અધિકાર",
        "ಮಾಹಿತಿ ಹಕ್ಕು ಕಾಯ್ದೆ",
        "ସୂଚନା ଅଧିକାର ଆଇନ",
        "വിവരാവകാശ നിയമം ക്ഷേമം",
        "ਸੂਚਨਾ ਦਾ ਅਧਿਕਾਰ",
        "معلومات کا حق",
    ],
)
def test_no_grapheme_cluster_is_split(tokenizer: IndicTokenizer, text: str) -> None:
    graphemes = set(regex.findall(r"\X", normalise(text).lower()))
    for word in words(tokenizer, text):
        assert set(regex.findall(r"\X", word)) <= graphemes


@pytest.mark.parametrize("folder", language_folders(), ids=lambda folder: folder.name)
def test_tokens_of_real_messages_begin_and_end_between_grapheme_clusters(
    tokenizer: IndicTokenizer, folder: Path
) -> None:
    blocks = yaml.safe_load((folder / "nlu.yml").read_text(encoding="utf-8"))["nlu"]
    lines = "\n".join(block["examples"] for block in blocks).splitlines()
    for text in (normalise(line[2:]) for line in lines[::5]):
        between = {0, *(match.end() for match in regex.finditer(r"\X", text))}
        for token in tokenizer.tokenize(Message.build(text), TEXT):
            assert {token.start, token.start + len(token.text)} <= between, text


def test_only_the_beginning_of_a_long_text_is_read(tokenizer: IndicTokenizer) -> None:
    assert len(words(tokenizer, "a " * 5000)) <= 500
