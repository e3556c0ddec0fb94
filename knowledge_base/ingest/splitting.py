"""Sections of a document become passages: 60 to 200 words, whole sentences, some overlap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from knowledge_base.ingest.documents import ParsedDocument, Place, Section
from knowledge_base.sentences import split_sentences

FEWEST_WORDS = 60
MOST_WORDS = 200
# A passage that has so many words takes no further sentence.
_TARGET = 140
# What a passage repeats of the one before.
_OVERLAP = 30
# Longer "sentences" are tables or speech without full stops; they are cut.
_LONGEST_SENTENCE = MOST_WORDS - FEWEST_WORDS
_CLAUSE_END = regex.compile(r"[,;:،؛|–—]$")


@dataclass(frozen=True)
class PassageText:
    """A passage before it has an id.

    Attributes:
        headings: the heading all of it stands under and those above, outermost first.
        text: whole sentences.
        place: of the first sentence.
    """

    headings: tuple[str, ...]
    text: str
    place: Place


@dataclass(frozen=True)
class SplitPart:
    """The passages of a file, or of a file of a package; see ``documents.Part``."""

    passages: tuple[PassageText, ...]
    title: str | None = None
    document: str | None = None


@dataclass(frozen=True)
class SplitDocument:
    """A document in passages; see ``documents.ParsedDocument``."""

    parts: tuple[SplitPart, ...]
    title: str | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Sentence:
    """A sentence with the section it stands in."""

    text: str
    words: int
    place: Place
    section: int


def split_document(document: ParsedDocument) -> SplitDocument:
    """Split each part of a document into passages."""
    parts = (
        SplitPart(tuple(split_sections(part.sections)), part.title, part.document)
        for part in document.parts
    )
    return SplitDocument(tuple(parts), document.title, document.problems)


def split_sections(sections: Sequence[Section]) -> list[PassageText]:
    """Split sections into passages.

    A passage stays within its section. Where a section has fewer than 60 words, it is joined
    with the neighbour nearest to it in the hierarchy of headings, and a passage over both
    stands under the heading that they share; the own headings are then part of its text.
    A passage ends once it has some 140 words, and the next one repeats about 30 of them; the
    last one repeats more rather than to be short. Only a document with fewer than 60 words in
    all gives a shorter passage.

    Args:
        sections: of one document or module, in reading order.
    """
    groups = _grouped(sections)
    passages: list[PassageText] = []
    for group in groups:
        sentences = [
            sentence for number in group for sentence in _sentences(sections, number, group)
        ]
        passages += (_passage(sections, chosen) for chosen in _windows(sentences))
    return passages


def _grouped(sections: Sequence[Section]) -> list[range]:
    """Join short sections with their nearest neighbours, until none is short."""
    groups = [range(number, number + 1) for number in range(len(sections))]
    words = [len(section.text.split()) for section in sections]
    position = 0
    while position < len(groups) and len(groups) > 1:
        if words[position] >= FEWEST_WORDS:
            position += 1
            continue
        # The later of two equally near neighbours, for a short section often introduces it.
        before = _nearness(sections, groups, position - 1) if position else -1
        after = _nearness(sections, groups, position) if position + 1 < len(groups) else -1
        first = position if after >= before else position - 1
        groups[first : first + 2] = [range(groups[first].start, groups[first + 1].stop)]
        words[first : first + 2] = [words[first] + words[first + 1]]
        position = first
    return groups


def _nearness(sections: Sequence[Section], groups: Sequence[range], first: int) -> int:
    """Return how many headings the sections at a border between two groups share."""
    left, right = sections[groups[first].stop - 1], sections[groups[first + 1].start]
    return len(_common([left.headings, right.headings]))


def _common(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    shared = []
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            break
        shared.append(names[0])
    return tuple(shared)


def _sentences(sections: Sequence[Section], number: int, group: range) -> Iterator[_Sentence]:
    section = sections[number]
    shared = _common([sections[other].headings for other in group])
    own = section.headings[len(shared) :]
    lead = f"{': '.join(own)}: " if own else ""
    for block in section.blocks:
        for sentence in split_sentences(block.text):
            for piece in _cut(lead + sentence.text):
                yield _Sentence(piece, len(piece.split()), block.place, number)
            lead = ""


def _cut(sentence: str) -> Iterator[str]:
    """Cut what is too long for a sentence where a clause ends, else between words."""
    words = sentence.split()
    while len(words) > _LONGEST_SENTENCE:
        ends = [n for n in range(_LONGEST_SENTENCE // 2, _LONGEST_SENTENCE) if
                _CLAUSE_END.search(words[n])]  # fmt: skip
        end = ends[-1] + 1 if ends else _LONGEST_SENTENCE // 2
        yield " ".join(words[:end])
        words = words[end:]
    yield " ".join(words)


def _windows(sentences: Sequence[_Sentence]) -> Iterator[Sequence[_Sentence]]:
    """Yield runs of sentences for the passages."""
    start = 0
    while start < len(sentences):
        end, words = start, 0
        while end < len(sentences) and _takes(words, sentences[end].words):
            words += sentences[end].words
            end += 1
        if end == len(sentences):
            while words < FEWEST_WORDS and start and _fits(words, sentences[start - 1].words):
                start -= 1
                words += sentences[start].words
        yield sentences[start:end]
        if end == len(sentences):
            return
        start = _overlap_from(sentences, start, end)


def _takes(words: int, more: int) -> bool:
    return _fits(words, more) and (words < FEWEST_WORDS or words + more <= _TARGET)


def _fits(words: int, more: int) -> bool:
    return words + more <= MOST_WORDS


def _overlap_from(sentences: Sequence[_Sentence], start: int, end: int) -> int:
    """Return the sentence that the next passage begins with: of the same section, after start."""
    words = 0
    first = end
    while first - 1 > start and sentences[first - 1].section == sentences[end].section:
        words += sentences[first - 1].words
        if words > _OVERLAP:
            break
        first -= 1
    return first


def _passage(sections: Sequence[Section], sentences: Sequence[_Sentence]) -> PassageText:
    paths = [sections[number].headings for number in {s.section for s in sentences}]
    text = " ".join(sentence.text for sentence in sentences)
    return PassageText(_common(paths), text, sentences[0].place)
