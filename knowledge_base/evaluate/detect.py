"""The language of a text that does not name it: by script, in Latin letters by its spelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline, make_pipeline

from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise
from knowledge_base.languages.script import dominant_script

_LONGEST = 4
_SMOOTHING = 0.1


class LanguageDetector:
    """Tell the locale of a text.

    A script stands for the language its other languages fall back to: Devanagari for Hindi.
    English and the romanised languages are told apart by a naive Bayes model of character
    n-grams (Cavnar and Trenkle 1994 used such n-grams for the purpose first).

    Args:
        latin: texts in Latin letters by locale, English among them.
    """

    def __init__(self, latin: Mapping[str, Sequence[str]]) -> None:
        labelled = [(text.lower(), locale) for locale, texts in latin.items() for text in texts]
        texts, labels = zip(*labelled, strict=True)
        vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, _LONGEST), sublinear_tf=True)
        prior = MultinomialNB(alpha=_SMOOTHING, fit_prior=False)
        self._model: Pipeline = make_pipeline(vectors, prior).fit(texts, labels)

    def __call__(self, text: str) -> str:
        """Return the locale of a text, English for one without letters."""
        text = normalise(text)
        script = dominant_script(text)
        if script is None:
            return registry.DEFAULT_LOCALE
        if script != "Latn":
            return registry.script_language(script) or registry.DEFAULT_LOCALE
        return str(self._model.predict([text.lower()])[0])
