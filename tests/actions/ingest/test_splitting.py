"""Passages: their sizes, their borders, their headings and their places."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from knowledge_base.ingest.documents import Block, Place, Section
from knowledge_base.ingest.splitting import FEWEST_WORDS, MOST_WORDS, split_sections
from knowledge_base.sentences import split_sentences

ENDS = {"en": ".", "hi": "।", "ur": "۔", "ta": "."}
WORDS = {"en": "Word", "hi": "शब्द", "ur": "لفظ", "ta": "சொல்"}


def sentences(lengths: list[int], language: str = "en", name: str = "") -> str:
    """Return sentences of some numbers of words, each different."""
    word = WORDS[language] + name
    return " ".join(
        " ".join([f"{word}{number}", *[word] * (length - 1)]) + ENDS[language]
        for number, length in enumerate(lengths)
    )


def split(text: str) -> list[str]:
    return [sentence.text for sentence in split_sentences(text)]


def section(text: str, *headings: str, page: int | None = None) -> Section:
    return Section(headings, (Block(text, Place(page=page)),))


@pytest.mark.parametrize("language", sorted(ENDS))
def test_passages_have_60_to_200_words_in_whole_sentences(language: str) -> None:
    choose = random.Random(5)  # noqa: S311 - the same texts in every run
    for _ in range(50):
        text = sentences([choose.randint(1, 60) for _ in range(choose.randint(4, 60))], language)
        passages = split_sections([section(text, "A")])
        known = set(split(text))
        for passage in passages:
            own = split(passage.text)
            assert set(own) <= known
            assert len(passage.text.split()) <= MOST_WORDS
        if len(text.split()) >= FEWEST_WORDS:
            assert all(len(passage.text.split()) >= FEWEST_WORDS for passage in passages)
        # All of the text is there, in its order.
        found = [s for passage in passages for s in split(passage.text)]
        assert list(dict.fromkeys(found)) == split(text)


def test_neighbouring_passages_overlap_by_whole_sentences() -> None:
    passages = split_sections([section(sentences([12] * 40), "A")])
    assert len(passages) > 2
    for before, after in pairwise(passages):
        shared = set(split(before.text)) & set(split(after.text))
        assert shared
        # The last one may repeat more, rather than be short.
        assert after is passages[-1] or sum(len(s.split()) for s in shared) <= 30


def test_a_passage_stays_within_its_section() -> None:
    sections = [section(sentences([10] * 20, name=n), "Top", n) for n in ("a", "b")]
    passages = split_sections(sections)
    assert {passage.headings for passage in passages} == {("Top", "a"), ("Top", "b")}
    for passage in passages:
        other = "b" if passage.headings[-1] == "a" else "a"
        assert f"Word{other}" not in passage.text


def test_a_short_section_joins_its_sibling_under_the_heading_above() -> None:
    sections = [
        section(sentences([10] * 10, name="x"), "One", "x"),
        section("It is short.", "Two", "a"),
        section(sentences([10] * 7, name="b"), "Two", "b"),
    ]
    passages = split_sections(sections)
    assert [passage.headings for passage in passages] == [("One", "x"), ("Two",)]
    assert passages[1].text.startswith("a: It is short. b: Wordb0")


def test_short_slides_are_joined_until_they_say_enough() -> None:
    sections = [section(sentences([9, 9], name=str(n)), f"Slide {n}", page=n) for n in range(1, 9)]
    passages = split_sections(sections)
    assert all(FEWEST_WORDS <= len(p.text.split()) <= MOST_WORDS for p in passages)
    assert [passage.place.page for passage in passages] == [1, 5]


def test_a_short_document_is_one_short_passage() -> None:
    passages = split_sections([section("It is all.", "A"), section("Nothing more.", "B")])
    assert [(passage.headings, passage.text) for passage in passages] == [
        ((), "A: It is all. B: Nothing more.")
    ]


def test_a_place_is_that_of_the_first_sentence() -> None:
    blocks = tuple(Block(sentences([12] * 5, name=str(n)), Place(page=n)) for n in range(1, 10))
    for passage in split_sections([Section(("A",), blocks)]):
        first = passage.text.split()[0]
        assert first.startswith(f"Word{passage.place.page}")


def test_a_text_without_full_stops_is_cut_where_clauses_end() -> None:
    text = ", ".join(["word " * 24 + "end"] * 30)
    passages = split_sections([section(text)])
    assert all(len(passage.text.split()) <= MOST_WORDS for passage in passages)
    assert all(passage.text.endswith(("end,", "end")) for passage in passages)


def test_no_sections_give_no_passages() -> None:
    assert split_sections([]) == []
