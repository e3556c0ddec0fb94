"""BM25 over phonetic keys and acronyms, kept as counts so that entries come and go.

The words of each entry are counted once. The weights of BM25 (Robertson and Zaragoza 2009;
the variant of Lucene, see Kamphuis et al. 2020, "Which BM25 Do You Mean?") depend on all
entries and are computed from the counts when the index is opened.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from knowledge_base.acronyms import acronym_tokens, small_letter_tokens, spoken_forms
from knowledge_base.romanise import phonetic_key, phonetic_tokens

_COUNTS = "counts.npz"
_VOCABULARY = "vocabulary.json"
_QUESTION_WEIGHTS = "question_weights.json"
K1 = 1.5
B = 0.75


def entry_tokens(text: str) -> list[str]:
    """Return what an entry is matched by.

    Args:
        text: normalised text.

    Returns:
        Phonetic keys of its words, and tokens of its acronyms.
    """
    spoken = [phonetic_key(form) for form in spoken_forms(text)]
    return [*phonetic_tokens(text), *spoken, *acronym_tokens(text)]


def inverse_document_frequency(frequency: float | np.ndarray, total: int) -> float | np.ndarray:
    """Return how telling words are that so many of all texts have, as BM25 counts it.

    Args:
        frequency: number of texts with the word; for several words an array of any shape.
        total: number of texts.
    """
    return np.log1p((total - frequency + 0.5) / (frequency + 0.5))


class LexicalIndex:
    """Words of n entries; safe to use from several threads.

    Args:
        counts: how often each entry has each token, int32 matrix of shape (n, tokens).
        vocabulary: the tokens.
        question_weights: what tokens of a query count for, see ``question_weights``; those
            that are missing count in full.

    Attributes:
        mean_length: of the entries, in tokens.
    """

    def __init__(
        self,
        counts: sp.csr_array,
        vocabulary: Sequence[str],
        question_weights: Mapping[str, float] | None = None,
    ) -> None:
        self._counts = counts
        self._question_weights = dict(question_weights or {})
        self._vocabulary = list(vocabulary)
        self._codes = {token: code for code, token in enumerate(self._vocabulary)}
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        self.mean_length = float(lengths.mean()) if len(lengths) else 0.0
        columns = counts.tocsc()
        frequency = np.diff(columns.indptr)
        n = counts.shape[0]
        self._idf = inverse_document_frequency(frequency, n).astype(np.float32)
        self._unknown = float(inverse_document_frequency(0, n))
        norm = K1 * (1 - B + B * lengths / max(self.mean_length, 1e-9))
        times = columns.data.astype(np.float32)
        each = np.repeat(self._idf, frequency)
        self._weights = (each * times / (times + norm[columns.indices])).astype(np.float32)
        self._rows, self._starts = columns.indices, columns.indptr

    @classmethod
    def of(
        cls,
        entries: Iterable[Sequence[str]],
        question_weights: Mapping[str, float] | None = None,
    ) -> LexicalIndex:
        """Count the tokens of entries."""
        empty = cls(sp.csr_array((0, 0), dtype=np.int32), [], question_weights)
        return empty.changed(np.zeros(0, dtype=np.int64), entries)

    def changed(self, kept: np.ndarray, added: Iterable[Sequence[str]]) -> LexicalIndex:
        """Return the index of some of the entries and of new ones after them.

        Args:
            kept: positions of the entries that stay.
            added: tokens of the new entries.
        """
        codes = dict(self._codes)
        places, starts = [], [0]
        for tokens in added:
            places += [codes.setdefault(token, len(codes)) for token in tokens]
            starts.append(len(places))
        width = len(codes)
        old = self._counts[kept] if len(kept) else sp.csr_array((0, width), dtype=np.int32)
        old = sp.csr_array((old.data, old.indices, old.indptr), shape=(len(kept), width))
        ones = np.ones(len(places), dtype=np.int32)
        new = sp.csr_array((ones, places, starts), shape=(len(starts) - 1, width))
        new.sum_duplicates()
        counts = sp.csr_array(sp.vstack([old, new], format="csr"))
        used = np.flatnonzero(np.bincount(counts.indices, minlength=width))
        if len(used) < width:
            translated = np.full(width, -1, dtype=np.int32)
            translated[used] = np.arange(len(used))
            counts = sp.csr_array(
                (counts.data, translated[counts.indices], counts.indptr),
                shape=(counts.shape[0], len(used)),
            )
        tokens = list(codes)
        return LexicalIndex(counts, [tokens[code] for code in used], self._question_weights)

    def query_tokens(self, text: str) -> list[str]:
        """Return what a query is matched by.

        Args:
            text: normalised text.

        Returns:
            As ``entry_tokens``; small letters count as an acronym when an entry has it.
        """
        small = [token for token in small_letter_tokens(text) if token in self._codes]
        known = [token for token in acronym_tokens(text) if token in self._codes]
        spoken = [phonetic_key(form) for form in spoken_forms(text)]
        spoken = [token for token in spoken if token in self._codes]
        return [*phonetic_tokens(text), *spoken, *known, *small]

    def scores(self, tokens: Sequence[str]) -> np.ndarray:
        """Return the share of a query's information that entries hold.

        BM25 over what an entry with all of the words could reach (theoretical min-max
        scaling, Bruch, Gai and Ingber 2023, arXiv:2210.11934): unlike a score over the best
        one, it stays low where only a stray word is shared.

        Args:
            tokens: of the query.

        Returns:
            float32 array of shape (n,), 0 to 1.
        """
        scores = np.zeros(self._counts.shape[0], dtype=np.float32)
        for token in tokens:
            code = self._codes.get(token)
            if code is not None:
                part = slice(self._starts[code], self._starts[code + 1])
                scores[self._rows[part]] += self._weights[part] * self._question_weight(token)
        total = sum(map(self.rarity, tokens))
        return scores / total if total else scores

    def rarity(self, token: str) -> float:
        """Return how telling a word is: rare in the entries, and in questions.

        Args:
            token: phonetic key of the word.
        """
        code = self._codes.get(token)
        idf = self._unknown if code is None else float(self._idf[code])
        return idf * self._question_weight(token)

    def _question_weight(self, token: str) -> float:
        return self._question_weights.get(token, 1.0)

    def shared(self, tokens: Iterable[str], held: Iterable[str]) -> float:
        """Return the share of a query's words that are among others, rare ones counting more.

        Args:
            tokens: of the query.
            held: of an entry.

        Returns:
            0 (no word in common) to 1 (all of them).
        """
        weights = {token: self.rarity(token) for token in tokens}
        total = sum(weights.values())
        return sum(weights[token] for token in weights.keys() & set(held)) / total if total else 0.0

    def tokens_of(self, position: int) -> list[str]:
        """Return the different tokens of an entry."""
        part = slice(self._counts.indptr[position], self._counts.indptr[position + 1])
        return [self._vocabulary[code] for code in self._counts.indices[part]]

    def save(self, folder: Path) -> None:
        """Write the counts into a folder, made if it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        sp.save_npz(folder / _COUNTS, self._counts, compressed=False)
        content = json.dumps(self._vocabulary, ensure_ascii=False)
        (folder / _VOCABULARY).write_text(content, encoding="utf-8")
        weights = json.dumps(self._question_weights, ensure_ascii=False)
        (folder / _QUESTION_WEIGHTS).write_text(weights, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Read the counts of a folder."""
        vocabulary = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
        weights = json.loads((folder / _QUESTION_WEIGHTS).read_text(encoding="utf-8"))
        return cls(sp.csr_array(sp.load_npz(folder / _COUNTS)), vocabulary, weights)
