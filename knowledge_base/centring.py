"""Vectors of all languages and views on one scale, so that one search ranks them all.

A multilingual encoder scores texts of the query's language higher than others, and texts of
one form (questions, headings) nearer to queries of that form. Subtracting the mean vector of
a language removes most of it (Libovicky, Rosa and Fraser 2020, "On the Language Neutrality
of Pre-trained Multilingual Representations", arXiv:2004.05160); here each *group* - kind,
locale and view - is centred and divided by its spread. The inner product of a query with
such a vector is the similarity in standard deviations above the group's mean, which is what
rankings are summed by.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge_base.attributes import Attributes

_FILE = "centring.npz"
# A group counts against the one it belongs to as if that had so many texts in it: a handful
# of texts must not be centred on themselves.
_PRIOR = 20.0
_SAMPLE = 400
_LEAST_SPREAD = 1e-3

Group = tuple[str, str, str]
_ALL: Group = ("", "", "")


def _group(attributes: Attributes) -> Group:
    return attributes.kind, attributes.locale, attributes.view


def _language(group: Group) -> Group:
    return "", group[1], ""


@dataclass(frozen=True)
class Centring:
    """Means and spreads of groups, of languages and of everything.

    Attributes:
        groups: (kind, locale, view) of each; empty strings stand for any.
        means: float32 array of shape (groups, dimension).
        spreads: float32 array of shape (groups,).
    """

    groups: tuple[Group, ...]
    means: np.ndarray
    spreads: np.ndarray

    @classmethod
    def fit(cls, vectors: np.ndarray, attributes: Sequence[Attributes]) -> Centring:
        """Measure groups.

        Args:
            vectors: float32 array of shape (n, dimension), n at least 1, rows of length 1.
            attributes: of the n entries.
        """
        of_row = [_group(x) for x in attributes]
        groups = sorted(set(of_row))
        codes = {group: code for code, group in enumerate(groups)}
        rows = np.array([codes[group] for group in of_row])
        sums = np.zeros((len(groups), vectors.shape[1]))
        np.add.at(sums, rows, vectors)
        counts = np.bincount(rows, minlength=len(groups)).astype(float)
        everything = sums.sum(axis=0) / counts.sum()
        languages = sorted({_language(group) for group in groups})
        named = {
            language: [i for i, group in enumerate(groups) if _language(group) == language]
            for language in languages
        }
        means = {_ALL: everything}
        for language, members in named.items():
            total = sums[members].sum(axis=0) + _PRIOR * everything
            means[language] = total / (counts[members].sum() + _PRIOR)
        for code, group in enumerate(groups):
            total = sums[code] + _PRIOR * means[_language(group)]
            means[group] = total / (counts[code] + _PRIOR)
        centres = np.array([means[group] for group in groups], dtype=np.float32)
        spreads = _spreads(vectors, rows, counts, centres)
        names = (_ALL, *languages, *groups)
        overall = float(np.average(spreads, weights=counts))
        return cls(
            names,
            np.array([means[name] for name in names], dtype=np.float32),
            np.array([overall] * (1 + len(languages)) + spreads.tolist(), dtype=np.float32),
        )

    def codes(self, attributes: Sequence[Attributes]) -> np.ndarray:
        """Return each entry's group; its language, or everything, where the group is new.

        Args:
            attributes: of n entries.

        Returns:
            int64 array of shape (n,), places in ``groups``.
        """
        known = {group: code for code, group in enumerate(self.groups)}
        languages = self.language_codes([values.locale for values in attributes])
        rows = [
            known.get(_group(values), language)
            for values, language in zip(attributes, languages, strict=True)
        ]
        return np.array(rows, dtype=np.int64)

    def apply(self, vectors: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return vectors centred and scaled, float32 array of shape (n, dimension).

        Args:
            vectors: float32 array of shape (n, dimension).
            codes: group of each, see ``codes``.
        """
        return (vectors - self.means[codes]) / self.spreads[codes, None]

    def cosines(self, query: np.ndarray, scores: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return the cosines that scores stand for.

        Args:
            query: float32 array of shape (dimension,), of length 1.
            scores: inner products with centred vectors, shape (n,).
            codes: group of each vector, shape (n,).
        """
        return scores * self.spreads[codes] + (self.means @ query)[codes]

    def language_codes(self, locales: Sequence[str]) -> np.ndarray:
        """Return each locale's place in ``groups``, that of everything where it is new.

        Args:
            locales: of n texts.

        Returns:
            int64 array of shape (n,).
        """
        known = {group: code for code, group in enumerate(self.groups)}
        codes = [known.get(("", locale, ""), known[_ALL]) for locale in locales]
        return np.array(codes, dtype=np.int64)

    def leads(self, query: np.ndarray, cosines: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return how much nearer texts are than their language's are on the whole.

        Args:
            query: float32 array of shape (dimension,), of length 1.
            cosines: similarities with the query, shape (n,).
            codes: language of each text, see ``language_codes``, shape (n,).
        """
        return cosines - (self.means @ query)[codes]

    def save(self, folder: Path) -> None:
        """Write the file into a folder."""
        groups = json.dumps(self.groups)
        np.savez(folder / _FILE, groups=groups, means=self.means, spreads=self.spreads)

    @classmethod
    def load(cls, folder: Path) -> Centring:
        """Read the file of a folder."""
        with np.load(folder / _FILE) as content:
            groups = tuple(tuple(group) for group in json.loads(str(content["groups"])))
            return cls(groups, content["means"], content["spreads"])


def _spreads(
    vectors: np.ndarray, rows: np.ndarray, counts: np.ndarray, centres: np.ndarray
) -> np.ndarray:
    """Return the standard deviation of each group's similarities with texts of all groups."""
    chosen = np.unique(np.linspace(0, len(vectors) - 1, _SAMPLE).astype(int))
    sample = vectors[chosen]
    squares = np.zeros(len(counts))
    for code in range(len(counts)):
        members = vectors[rows == code] - centres[code]
        squares[code] = float(np.square(members @ sample.T).sum()) / len(sample)
    overall = squares.sum() / counts.sum()
    variance = (squares + _PRIOR * overall) / (counts + _PRIOR)
    return np.maximum(np.sqrt(variance), _LEAST_SPREAD)
