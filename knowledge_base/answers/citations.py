"""Whether a written answer rests on the passages it cites; no I/O.

Each sentence is a claim that has to cite a given passage, and that passage has to support it:
its numbers and names occur there, and its meaning is near (the citation precision and recall
of Gao et al. 2023, "Enabling Large Language Models to Generate Text with Citations", with an
embedding in place of an entailment model). One claim that fails brings the whole answer down:
an extract of the passages is there in its stead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

import numpy as np
import regex

from knowledge_base.answers.claims import Claim, presentable, split_claims
from knowledge_base.answers.facts import numbers_in, unknown_names
from knowledge_base.answers.injection import addresses_a_model
from knowledge_base.answers.polarity import denies
from knowledge_base.languages import registry
from knowledge_base.languages.script import dominant_script, has_letters
from knowledge_base.sentences import split_sentences

# Anything that a chat would turn into a link: with a scheme, of Markdown or HTML, or bare.
_LINK = regex.compile(
    r"\[[^\]]*\]\(\s*(?P<url>[^)\s]*)[^)]*\)"
    r"|(?P<url>(?i:[a-z][a-z0-9+.-]*:/{1,2})[^\s<>\"')\]]+)"
    r"|(?<![\w@.])(?P<url>(?:(?=[\w-]*\p{L})[\w-]+\.)+(?:[a-z]{2,24}|[A-Z]{2,24}|xn--[\w-]+)"
    r"(?:[/:?#][^\s<>\"')\]]*)?)(?!\w)"
    r"|(?P<url><\s*/?\s*[A-Za-z][^>]*>)",
)
_ADDRESS = regex.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SCHEMES = ("https://", "http://")
# Sentences this near to the nearest one say about the same.
_ABOUT_AS_NEAR = 0.02


class ClaimEncoder(Protocol):
    """Texts to vectors; ``knowledge_base.encoder.Encoder`` is one."""

    def encode_queries(self, queries: Sequence[str]) -> np.ndarray:
        """Return a float32 array of shape (queries, dimension), rows of length 1."""
        ...


@dataclass(frozen=True)
class CitablePassage:
    """A passage that an answer may be written from.

    Attributes:
        number: what it is cited by, from 1.
        title: course, module and heading.
        text: its text.
        language: code of the text's language.
        url: where learners find it, if anywhere.
    """

    number: int
    title: str
    text: str
    language: str
    url: str | None = None


class Reason(StrEnum):
    """Why an answer is not given."""

    EMPTY = "empty"
    NOT_ANSWERED = "not answered"
    UNSAFE_PASSAGES = "unsafe passages"
    WRONG_LANGUAGE = "wrong language"
    FOREIGN_LINK = "foreign link"
    UNCITED = "uncited"
    UNKNOWN_CITATION = "unknown citation"
    NUMBER_NOT_IN_SOURCE = "number not in source"
    NAME_NOT_IN_SOURCE = "name not in source"
    NOT_SUPPORTED = "not supported"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True)
class CheckedAnswer:
    """An answer that passed.

    Attributes:
        text: the answer, citations written as ``[1][2]``.
        citations: numbers of the passages it cites, ascending.
    """

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True)
class RejectedAnswer:
    """An answer that did not pass.

    Attributes:
        reason: the first check that failed.
        claim: number of the claim that failed it, from 1; None if all of the answer did.
    """

    reason: Reason
    claim: int | None = None


def usable_passages(passages: Sequence[CitablePassage]) -> list[CitablePassage]:
    """Return the passages that a language model may be given."""
    return [p for p in passages if not addresses_a_model(f"{p.title}\n{p.text}")]


def check_answer(
    answer: str,
    passages: Sequence[CitablePassage],
    locale: str,
    encoder: ClaimEncoder,
    min_similarity: float,
) -> CheckedAnswer | RejectedAnswer:
    """Check an answer against the passages it was written from.

    Args:
        answer: text with citations like ``[1]``.
        passages: those it was written from.
        locale: the locale it was asked for in.
        encoder: brings claims and passages to vectors.
        min_similarity: cosine that a claim must have with a sentence of what it cites, or with
            two neighbouring ones.

    Returns:
        The answer, or why it must not be given.
    """
    claims = [claim for claim in split_claims(answer) if has_letters(claim.text)]
    if not claims:
        return RejectedAnswer(Reason.EMPTY)
    if not _is_in(locale, " ".join(claim.text for claim in claims)):
        return RejectedAnswer(Reason.WRONG_LANGUAGE)
    if _has_foreign_link(answer, passages):
        return RejectedAnswer(Reason.FOREIGN_LINK)
    by_number = {passage.number: passage for passage in passages}
    for place, claim in enumerate(claims, start=1):
        reason = _fault(claim, by_number)
        if reason is not None:
            return RejectedAnswer(reason, place)
    rejected = _unsupported(claims, by_number, encoder, min_similarity)
    if rejected is not None:
        return rejected
    cited = sorted({number for claim in claims for number in claim.citations})
    return CheckedAnswer(presentable(answer), tuple(cited))


def _is_in(locale: str, text: str) -> bool:
    """Tell whether a text is written in the script of a locale."""
    is_latin = registry.is_romanised(locale)
    script = "Latn" if is_latin else registry.languages()[registry.language_of(locale)].script
    return dominant_script(text) == script


def _has_foreign_link(answer: str, passages: Sequence[CitablePassage]) -> bool:
    """Tell whether an answer links to anything but its sources; passages may hold lures."""
    own = {_bare(passage.url) for passage in passages if passage.url}
    hosts = [url.partition("/")[0] for url in own]
    texts = "\n".join(passage.text for passage in passages).casefold()
    if any(address[0].casefold() not in texts for address in _ADDRESS.finditer(answer)):
        return True
    found = {_bare(match["url"]) for match in _LINK.finditer(_ADDRESS.sub(" ", answer))}
    # The site that a source is on may be named: "igotkarmayogi.gov.in".
    return any(
        url not in own and not any(f".{host}".endswith(f".{url}") for host in hosts)
        for url in found
    )


def _bare(url: str) -> str:
    url = url.rstrip(".,;:!?/")
    for scheme in _SCHEMES:
        url = url.removeprefix(scheme)
    return url.casefold()


def _fault(claim: Claim, passages: Mapping[int, CitablePassage]) -> Reason | None:
    """Return what is wrong with a claim by its words alone."""
    if not claim.citations:
        return Reason.UNCITED
    if not passages.keys() >= set(claim.citations):
        return Reason.UNKNOWN_CITATION
    evidence = "\n".join(_evidence(passages[number]) for number in claim.citations)
    if not numbers_in(claim.text) <= numbers_in(evidence):
        return Reason.NUMBER_NOT_IN_SOURCE
    if unknown_names(claim.text, evidence):
        return Reason.NAME_NOT_IN_SOURCE
    return None


def _evidence(passage: CitablePassage) -> str:
    return f"{passage.title}\n{passage.text}"


def _unsupported(
    claims: Sequence[Claim],
    passages: Mapping[int, CitablePassage],
    encoder: ClaimEncoder,
    min_similarity: float,
) -> RejectedAnswer | None:
    """Return the first claim that no passage it cites is near to, or that one denies."""
    cited = {number for claim in claims for number in claim.citations}
    sentences = {number: _sentences(passages[number]) for number in cited}
    # Claims and sentences are alike in kind, for which E5 takes one prompt on both sides.
    known = _encode(encoder, [c.text for c in claims] + [s for n in cited for s in sentences[n]])
    for place, claim in enumerate(claims, start=1):
        vector = known[claim.text]
        own = {s: float(known[s] @ vector) for n in claim.citations for s in sentences[n]}
        if max(own.values(), default=-1.0) < min_similarity:
            pairs = [pair for n in claim.citations for pair in _pairs(sentences[n])]
            found = _encode(encoder, pairs).values() if pairs else ()
            if not any(float(pair @ vector) >= min_similarity for pair in found):
                return RejectedAnswer(Reason.NOT_SUPPORTED, place)
        if _is_denied(claim.text, own):
            return RejectedAnswer(Reason.CONTRADICTED, place)
    return None


def _encode(encoder: ClaimEncoder, texts: Sequence[str]) -> dict[str, np.ndarray]:
    texts = list(dict.fromkeys(texts))
    return dict(zip(texts, encoder.encode_queries(texts), strict=True))


def _is_denied(claim: str, sentences: Mapping[str, float]) -> bool:
    """Tell whether a claim says the contrary of the sentences that are nearest to it.

    Only sentences in the claim's script count: translations put many a negation otherwise.

    Args:
        claim: the claim.
        sentences: those of the passages, with their similarities to it.
    """
    nearest = max(sentences.values()) - _ABOUT_AS_NEAR
    near = [s for s, similarity in sentences.items() if similarity >= nearest]
    script = dominant_script(claim)
    return denies(claim, [sentence for sentence in near if dominant_script(sentence) == script])


def _sentences(passage: CitablePassage) -> list[str]:
    return [sentence.text for sentence in split_sentences(passage.text)]


def _pairs(sentences: Sequence[str]) -> list[str]:
    """Return neighbouring sentences together, as a claim may join what two of them say."""
    return [f"{first} {second}" for first, second in pairwise(sentences)]
