"""Names of the catalogue in messages: courses, modules, competencies, roles and providers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Text

import spacy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import FileNotFoundException
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span

from bot.nlu.indic_tokenizer import MAX_CHARACTERS
from bot.nlu.stored_component import StoredExtractor
from knowledge_base.languages.normalise import normalise
from knowledge_base.phrases import Word, phonetic_keys, words_of

GAZETTEER = ".build/gazetteer.json"
# A word that no name holds; one token for all of them, so that spaCy's vocabulary, which
# forgets nothing, does not grow with what users type.
_OTHER = "·"
# Endings are attached to the last word of a name: ఆఫీసర్‌కి, अधिकाऱ्याला, officerku.
# In Latin letters longer ones make other words: "collectorate".
_LONGEST_ENDING, _LONGEST_LATIN_ENDING = 5, 2
_SHORTEST_STEM = 5


class _NameMatcher:
    """spaCy's PhraseMatcher over names that are split into words already.

    Args:
        names: entity -> words of a name, one space between them -> ids.
    """

    def __init__(self, names: Dict[Text, Dict[Text, List[Text]]]) -> None:
        self._names = names
        self._vocab = spacy.blank("xx").vocab
        self._matcher = PhraseMatcher(self._vocab)
        self.words = set()
        self.last_words = set()
        for entity, phrases in names.items():
            split = [phrase.split() for phrase in phrases]
            self.words.update(word for words in split for word in words)
            # "upgrade" is no UpGrad: a single Latin word has to stand as it is.
            self.last_words.update(
                words[-1] for words in split if len(words) > 1 or not words[0].isascii()
            )
            self._matcher.add(entity, [Doc(self._vocab, words=words) for words in split])

    def find(self, words: List[Text]) -> List[Span]:
        """Return the names in a sequence of words, labelled with their entity."""
        known = [word if word in self.words else _OTHER for word in words]
        return self._matcher(Doc(self._vocab, words=known), as_spans=True)

    def ids(self, span: Span) -> List[Text]:
        """Return the ids that a name stands for."""
        return self._names[span.label_][" ".join(token.text for token in span)]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class CatalogueExtractor(StoredExtractor):
    """Find names of the catalogue's entries in any script, also typed in Latin letters.

    A value is the id of the entry, a provider's is its name in the catalogue, a module's
    ``<course>/<module>``; a shortened course title that fits two or three courses gives an
    entity for each. Offsets refer to the normalised text. Names are found by PhraseMatcher
    (https://spacy.io/api/phrasematcher), as they are written and by their phonetic keys.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the defaults: ``gazetteer`` is the file of names at training."""
        return {"gazetteer": GAZETTEER, "max_characters": MAX_CHARACTERS}

    stored_as = "gazetteer.json"

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        content: Optional[Dict[Text, Dict[Text, Dict[Text, List[Text]]]]] = None,
    ) -> None:
        """Create the component; ``content`` is the file of names."""
        super().__init__(config, model_storage, resource)
        names = content or {}
        self._written = _NameMatcher(names.get("written", {}))
        self._phonetic = _NameMatcher(names.get("phonetic", {}))

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Make Rasa train again when the catalogue's names change."""
        path = Path(config.get("gazetteer", GAZETTEER))
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None

    def train(self, training_data: TrainingData) -> Resource:
        """Store the names with the model.

        Raises:
            FileNotFoundException: the file of names has not been made.
        """
        path = Path(self._config["gazetteer"])
        if not path.is_file():
            raise FileNotFoundException(
                f"{path} is missing; make it with `python -m knowledge_base.gazetteer --out {path}`"
            )
        return self._store(json.loads(path.read_text(encoding="utf-8")))

    def extract(self, text: Text) -> List[Dict[Text, Any]]:
        """Return the entities of a text, the longest name of each kind in each place."""
        normalised = normalise(text[: self._config["max_characters"]])
        words = words_of(normalised)
        lower = [word.text.lower() for word in words]
        # A word may end a name with an ending attached, and stand within another as it is.
        unknown_cut = [word if word in self._written.words else self._stem(word) for word in lower]
        found = [
            (matcher, span)
            for matcher, forms in (
                (self._written, self._as_typed(words, normalised.isupper())),
                (self._written, lower),
                (self._written, unknown_cut),
                (self._written, [self._stem(word) for word in lower]),
                (self._phonetic, phonetic_keys(normalised, words)),
            )
            for span in matcher.find(forms)
        ]
        return [
            self._entity(span.label_, key, words[span.start].start, words[span.end - 1].end)
            for matcher, span in _longest(found)
            for key in matcher.ids(span)
        ]

    @staticmethod
    def _as_typed(words: List[Word], all_capitals: bool) -> List[Text]:
        """Return words with their capitals, which tell nothing when all are capitals."""
        if all_capitals and len(words) > 1:
            return []
        return [word.text for word in words]

    def _stem(self, word: Text) -> Text:
        """Return the last word of a name that a word begins with, or the word itself."""
        last_words = self._written.last_words
        longest = _LONGEST_LATIN_ENDING if word.isascii() else _LONGEST_ENDING
        for end in range(len(word), max(_SHORTEST_STEM, len(word) - longest) - 1, -1):
            if word[:end] in last_words:
                return word[:end]
        return word


def _longest(found: Iterable) -> List:
    """Keep the longest name of each entity where several overlap; earlier ones win ties."""
    kept: List = []
    for matcher, span in sorted(found, key=lambda pair: pair[1].start - pair[1].end):
        if not any(
            span.label == other.label and span.start < other.end and other.start < span.end
            for _, other in kept
        ):
            kept.append((matcher, span))
    return sorted(kept, key=lambda pair: pair[1].start)
