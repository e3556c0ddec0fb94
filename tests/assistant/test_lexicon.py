from __future__ import annotations

from pathlib import Path

import pytest

from bot.nlu.lexicon import LexiconError, lexicon_digest, lexicons
from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise
from tests.assistant.conftest import REPOSITORY

NLU_DATA = REPOSITORY / "nlu_data"
PERIODS = {
    *("today", "yesterday", "this_week", "last_week", "next_week"),
    *("this_month", "last_month", "next_month", "this_year", "last_year"),
}


def test_every_locale_has_a_whole_lexicon() -> None:
    found = list(lexicons(str(NLU_DATA)))
    assert len(found) == len(registry.locales())
    for lexicon in found:
        assert set(lexicon.numbers) == set(range(1, 13))
        assert set(lexicon.languages) == set(registry.languages())
        assert set(lexicon.months) == set(range(1, 13))
        assert set(lexicon.units) == {"minutes", "hours", "weeks"}
        assert set(lexicon.durations) == {15, 30, 60, 90, 120, 150, 10080, 20160}
        assert set(lexicon.periods) == PERIODS
        assert set(lexicon.levels) == {"beginner", "intermediate", "advanced"}
        assert lexicon.stop


def test_no_phrase_of_a_period_or_level_means_two_things() -> None:
    meanings: dict = {}
    for lexicon in lexicons(str(NLU_DATA)):
        for section in (lexicon.periods, lexicon.levels):
            for value, phrases in section.items():
                for phrase in phrases:
                    meanings.setdefault(normalise(phrase).lower(), set()).add(value)
    assert {phrase: sorted(v) for phrase, v in meanings.items() if len(v) > 1} == {}


@pytest.mark.parametrize("content", ["numbers: {1: [one", "nombers: {1: [one]}", "- one"])
def test_a_bad_lexicon_names_its_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "xx" / "lexicon.yml"
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(LexiconError, match=r"lexicon\.yml"):
        list(lexicons(str(tmp_path)))


def test_a_changed_lexicon_has_another_digest(tmp_path: Path) -> None:
    path = tmp_path / "xx" / "lexicon.yml"
    path.parent.mkdir()
    path.write_text("stop: [stop]")
    before = lexicon_digest(str(tmp_path))
    path.write_text("stop: [stop, halt]")
    assert lexicon_digest(str(tmp_path)) != before
