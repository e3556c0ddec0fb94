from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge_base.lexical import LexicalIndex, entry_tokens

TEXTS = [
    "Right to information act",
    "Leave rules for government servants",
    "सूचना का अधिकार",
    "Rules of procedure and of leave travel",
]
NEW = ["Travelling allowance rules", "zyntrix"]


def tokens(texts: list[str]) -> list[list[str]]:
    return [entry_tokens(text) for text in texts]


def ranked(index: LexicalIndex, query: str) -> list[float]:
    return index.scores(index.query_tokens(query)).tolist()


def test_scores_are_bm25_over_the_best_that_can_be() -> None:
    # BM25 by hand: k1 = 1.5, b = 0.75, idf = ln(1 + (n - df + 0.5) / (df + 0.5)).
    index = LexicalIndex.of([["a", "b"], ["a", "a", "c", "d"], ["e"]])
    idf_a, idf_e = np.log(1 + 1.5 / 2.5), np.log(1 + 2.5 / 1.5)
    length = 2 / (7 / 3)
    expected = idf_a * 1 / (1 + 1.5 * (0.25 + 0.75 * length)) / (idf_a + idf_e)
    assert index.scores(["a", "e"])[0] == pytest.approx(expected, rel=1e-5)


def test_a_stray_word_scores_low_and_all_words_high() -> None:
    index = LexicalIndex.of(tokens(TEXTS))
    stray = ranked(index, "who wrote the zyntrix rules of gnomes")
    whole = ranked(index, "right to information")
    assert max(stray) < 0.3 < whole[0]


def test_words_meet_across_scripts_and_spellings() -> None:
    index = LexicalIndex.of(tokens(TEXTS))
    for query in ("soochna ka adhikar", "suchana ka adhikaar"):
        assert int(np.argmax(ranked(index, query))) == 2


def test_changes_give_what_counting_anew_gives(tmp_path: Path) -> None:
    index = LexicalIndex.of(tokens(TEXTS))
    changed = index.changed(np.array([0, 3]), tokens(NEW))
    anew = LexicalIndex.of(tokens([TEXTS[0], TEXTS[3], *NEW]))
    changed.save(tmp_path / "words")
    for one in (changed, LexicalIndex.load(tmp_path / "words")):
        for query in ("leave rules", "right to travel", "zyntrix", "servants"):
            assert ranked(one, query) == pytest.approx(ranked(anew, query), abs=1e-6)
        assert one.rarity("nowhere") == pytest.approx(anew.rarity("nowhere"))
        assert set(one.tokens_of(3)) == set(entry_tokens("zyntrix"))
    assert changed.changed(np.arange(4), []).scores(["rls"]).shape == (4,)


def test_acronyms_in_small_letters_count_when_an_entry_has_them() -> None:
    index = LexicalIndex.of(tokens(["What the GFR says", "art of drafting"]))
    assert "=gfr" in index.query_tokens("gfr")
    assert "=dfr" not in index.query_tokens("dfr")
    assert ranked(index, "जीएफआर")[0] > 0 == ranked(index, "जीएफआर")[1]
