from __future__ import annotations

from pathlib import Path

import pytest

from bot.nlu.lexicon import LexiconError, lexicon_digest, lexicons
from knowledge_base.languages import registry
from tests.assistant.conftest import REPOSITORY

NLU_DATA = REPOSITORY / "nlu_data"


def test_every_locale_has_a_whole_lexicon() -> None:
    found = list(lexicons(str(NLU_DATA)))
    assert len(found) == len(registry.locales())
    for lexicon in found:
        assert set(lexicon.numbers) == set(range(1, 11))
        assert set(lexicon.languages) == set(registry.languages())
        assert set(lexicon.months) == set(range(1, 13))
        assert set(lexicon.units) == {"minutes", "hours"}
        assert set(lexicon.durations) == {30, 60, 90, 120}
        assert set(lexicon.periods) == {"this_month", "last_month", "this_year", "last_year"}
        assert lexicon.stop


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
