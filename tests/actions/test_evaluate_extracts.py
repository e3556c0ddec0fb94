"""Labels of the answering sentence, and the table."""

from __future__ import annotations

import pytest

from knowledge_base.evaluate.extracts import labelled_questions, main
from knowledge_base.knowledge_base import KnowledgeBase


def test_the_sentence_with_the_right_option_answers(knowledge_base: KnowledgeBase) -> None:
    labelled = list(labelled_questions(knowledge_base))
    assert {one.language for one in labelled} == {"en", "hi"}
    for one in labelled:
        assert one.passage[one.answer.start : one.answer.end] == one.answer.text
    (link,) = [one for one in labelled if one.question.startswith("You clicked a link")]
    assert link.answer.text == "Disconnect the device from the network."


def test_the_table_has_a_row_a_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    printed = capsys.readouterr().out
    assert "answer in extract" in printed
    assert "en" in printed
