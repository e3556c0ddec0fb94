"""Names of the catalogue, to be found in messages: ``python -m knowledge_base.gazetteer``.

The assistant's pipeline looks them up (bot/nlu/catalogue_extractor.py). It knows nothing of
the catalogue's files, so the names are written to a JSON file for it.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import regex

from knowledge_base.catalogue import Catalogue, Course
from knowledge_base.content import load_content
from knowledge_base.content_store import ContentStoreError
from knowledge_base.languages import registry
from knowledge_base.languages.letter_names import spelled_out
from knowledge_base.loader import CatalogueError
from knowledge_base.phrases import is_word_like, phrase_of
from knowledge_base.romanise import phonetic_key, romanise
from knowledge_base.settings import KnowledgeBaseSettings

Names = dict[str, dict[str, list[str]]]
COMPETENCY, ROLE, PROVIDER, COURSE, MODULE = (
    "competency",
    "role",
    "provider",
    "course",
    "module",
)
# More courses than this under one name are a topic, and topics are left to the search.
_MOST_COURSES = 3
# A shortened title says at least this share of it, rare words counting more.
_SHARE_OF_TITLE = 0.6
# A word that one course in ten holds says little about any.
_TELLING = math.log(10)
_MODULE_WORDS = 3
# Letters and signs of single words.
_LONG_WORD = 7
_DESIGNATION = 5
_PROVIDER = 6
_SHORTEST_PHRASE = 5
_SPELLED_OUT = 3
# Keys hold consonants only: fewer than these are shared by too many words.
_KEY_LENGTH = {COMPETENCY: 8, ROLE: 8, PROVIDER: 6, COURSE: 8, MODULE: 12}
_ACRONYM = regex.compile(r"(?=(?:.*\p{Lu}){2})[\p{Lu}&]{2,}")
_SMALL_WORDS = {"of", "and", "the", "for", "in", "to"}
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_IN_BRACKETS = regex.compile(r"\(([^()]*)\)")
_PARTS = regex.compile(r"[:|]|\s[-–—]\s|(?<=\w)-\s")
_YEAR = regex.compile(r"\b(?:19|20)\d\d\b")


@dataclass
class Gazetteer:
    """Names by entity.

    Attributes:
        written: entity -> words of a name -> ids. A name in lower case is found however it
            is typed, one with capitals only as it stands.
        phonetic: entity -> phonetic keys of a name's words -> ids; all scripts share them.
    """

    written: Names = field(default_factory=dict)
    phonetic: Names = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the file's text, the same for the same names."""
        content = {"written": self.written, "phonetic": self.phonetic}
        return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=0)


class _Phrases:
    """Names of one entity, everyday words left out.

    Attributes:
        found: words of a name -> ids.
        spelled: acronyms as they are spelled out in other scripts -> ids.
    """

    def __init__(self) -> None:
        self.found: dict[str, set[str]] = defaultdict(set)
        self.spelled: dict[str, set[str]] = defaultdict(set)

    def add(self, name: str, key: str, shortest: int | None) -> None:
        """Add a name unless it is an everyday word.

        Args:
            name: the name as written.
            key: its id.
            shortest: letters a single word needs that is no acronym; None when no such word
                counts.
        """
        phrase = phrase_of(name)
        if " " in phrase and len(phrase) >= _SHORTEST_PHRASE:
            self.found[phrase].add(key)
        elif _ACRONYM.fullmatch(name.strip()):
            # "ASK", "DAD", "PIO", "MANAGE" in small letters are words.
            self.found[name.strip() if is_word_like(phrase) else phrase].add(key)
            if len(phrase) >= _SPELLED_OUT:
                for spelled in spelled_out(name.strip()):
                    self.spelled[phrase_of(spelled)].add(key)
        elif shortest and len(phrase) >= shortest:
            self.found[phrase].add(key)


def build_gazetteer(catalogue: Catalogue) -> Gazetteer:
    """Collect the names of competencies, roles, providers, courses and modules.

    A name that stands for several entries is left out, but for courses, where up to three
    are a choice that can be offered.

    Args:
        catalogue: the loaded catalogue.
    """
    found = {
        COMPETENCY: _competencies(catalogue),
        ROLE: _roles(catalogue),
        PROVIDER: _providers(catalogue),
        COURSE: _courses(catalogue),
        MODULE: _modules(catalogue),
    }
    latin = _Latin()
    gazetteer = Gazetteer()
    for entity, phrases in found.items():
        most = _MOST_COURSES if entity == COURSE else 1
        written, phonetic = defaultdict(set), defaultdict(set)
        for phrase, ids in chain(phrases.found.items(), phrases.spelled.items()):
            written[phrase] |= ids
        for phrase, ids in phrases.found.items():
            typed = latin.of(phrase)
            # Shorter ones are words of some language more often than names.
            if typed.isascii() and len(typed) >= _LONG_WORD and not phrase.isascii():
                written[typed] |= ids
            keys = [phonetic_key(word) for word in typed.split()]
            if all(keys) and len("".join(keys)) >= _KEY_LENGTH[entity]:
                phonetic[" ".join(keys)] |= ids
        gazetteer.written[entity] = _unambiguous(written, most)
        gazetteer.phonetic[entity] = _unambiguous(phonetic, most)
    return gazetteer


def _unambiguous(phrases: Mapping[str, set[str]], most: int) -> dict[str, list[str]]:
    return {phrase: sorted(ids) for phrase, ids in phrases.items() if len(ids) <= most}


class _Latin:
    """Phrases in Latin letters, each word romanised once."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}

    def of(self, phrase: str) -> str:
        """Return a phrase as it is typed in Latin letters, one word a word."""
        return " ".join(map(self._word, phrase.split()))

    def _word(self, word: str) -> str:
        if word not in self._words:
            self._words[word] = phrase_of(romanise(word)).replace(" ", "")
        return self._words[word]


def _competencies(catalogue: Catalogue) -> _Phrases:
    """Return names of competencies, virtues and concepts.

    Many are everyday words ("domain", "training"). Of one word only the own names of the four
    virtues count, which nobody uses otherwise ("Swadhyay"); acronyms and names of several
    words always count. The four resolves are everyday words in any form ("duty", "unity",
    "the country's growth") and left to questions about the model.
    """
    model = catalogue.competency_model
    named = {*model.concepts, *(guna.id for guna in model.gunas)}
    named |= {competency.id for competency in model.competencies}
    coined = {guna.id for guna in model.gunas}
    phrases = _Phrases()
    for names in catalogue.competency_names.values():
        for key in named & names.keys():
            own, *others = _forms(names[key].name, names[key].aliases)
            phrases.add(own, key, _LONG_WORD if key in coined else None)
            for form in others:
                phrases.add(form, key, None)
    return phrases


def _roles(catalogue: Catalogue) -> _Phrases:
    """Return designations; those of one word, too, unless it is a short one."""
    phrases = _Phrases()
    for names in catalogue.competency_names.values():
        for role in catalogue.competency_model.roles:
            if role.id in names:
                for form in _forms(names[role.id].name, names[role.id].aliases):
                    phrases.add(form, role.id, _DESIGNATION)
    return phrases


def _forms(name: str, aliases: Iterable[str]) -> Iterator[str]:
    """Yield a name, then its other names: what is in brackets if that is no single word."""
    yield _IN_BRACKETS.sub(" ", name)
    for form in aliases:
        yield _IN_BRACKETS.sub(" ", form)
    for inner in chain.from_iterable(map(_IN_BRACKETS.findall, (name, *aliases))):
        if " " in inner or _ACRONYM.fullmatch(inner):
            yield inner


def _providers(catalogue: Catalogue) -> _Phrases:
    """Return providers' names as the courses write them, their acronyms and other names."""
    phrases = _Phrases()
    for provider in sorted({course.provider for course in catalogue.courses.values()}):
        words = _WORD.findall(provider)
        acronyms = {word for word in words if _ACRONYM.fullmatch(word)}
        bare = [w for w in _WORD.findall(_IN_BRACKETS.split(provider)[0]) if w not in acronyms]
        if not acronyms:
            acronyms.add("".join(w[0] for w in bare if w.lower() not in _SMALL_WORDS).upper())
        for acronym in acronyms:
            if len(acronym) >= _SPELLED_OUT:
                phrases.add(acronym, provider, None)
        phrases.add(provider, provider, _PROVIDER)
        phrases.add(" ".join(bare), provider, None)
    for names in catalogue.provider_names.values():
        for provider, forms in names.items():
            for form in forms:
                phrases.add(form, provider, _PROVIDER)
    return phrases


class _Rarity:
    """How much each word tells about a course, in one language."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._words = {course: set(phrase_of(text).split()) for course, text in texts.items()}
        self._count = Counter(chain.from_iterable(self._words.values()))

    def of(self, word: str) -> float:
        """Return the inverse document frequency of a word, 0 of a number ("Part 1")."""
        if word.isdecimal():
            return 0.0
        return math.log(len(self._words) / max(1, self._count[word]))

    def sum(self, words: Iterable[str]) -> float:
        """Return the inverse document frequencies of words together."""
        return sum(map(self.of, words))

    def holders(self, words: Iterable[str]) -> int:
        """Return how many courses hold all of some words."""
        wanted = set(words)
        return sum(wanted <= held for held in self._words.values())


def _courses(catalogue: Catalogue) -> _Phrases:
    """Return whole titles of two words and more, and shortened ones."""
    phrases = _Phrases()
    for language in registry.languages():
        titles = _titles(catalogue, language)
        texts = {
            key: " ".join((title, *_search_words(catalogue, catalogue.courses[key], language)))
            for key, title in titles.items()
        }
        rarity = _Rarity(texts)
        for key, title in titles.items():
            for form in (title, _IN_BRACKETS.sub(" ", title), *_shortened(title, rarity)):
                phrases.add(form, key, None)
    return phrases


def _titles(catalogue: Catalogue, language: str) -> dict[str, str]:
    named = {key: t.title for key, t in catalogue.titles.get(language, {}).items()}
    translated = {key: t.title for key, t in catalogue.translations.get(language, {}).items()}
    own = {c.id: c.title for c in catalogue.courses.values() if c.language == language}
    return {**named, **translated, **own}


def _search_words(catalogue: Catalogue, course: Course, language: str) -> list[str]:
    if language == course.language:
        return [course.summary, *course.keywords, *(module.title for module in course.modules)]
    entry = catalogue.titles.get(language, {}).get(course.id)
    return list(entry.keywords) if entry else []


def _shortened(title: str, rarity: _Rarity) -> set[str]:
    """Return the shortest runs of a title's words that still point to it.

    A run holds most of what the title tells and its rarest word, begins and ends with a
    telling word, and its words come together in few courses; so "Gender Budgeting" is kept
    of "Gender Budgeting - Basic", but neither "RTI Act" of "Deciding First Appeals under the
    RTI Act", nor what follows a colon. What is in brackets is a name by itself: "(POSH Act,
    2013)".
    """
    bare = _YEAR.sub(" ", _IN_BRACKETS.sub(" ", title))
    head = _PARTS.split(bare)[0]
    brackets = [phrase_of(_YEAR.sub(" ", inner)) for inner in _IN_BRACKETS.findall(title)]
    runs = {
        phrase
        for phrase in brackets
        if " " in phrase and rarity.holders(phrase.split()) <= _MOST_COURSES
    }
    words = phrase_of(head).split()
    needed = _SHARE_OF_TITLE * rarity.sum(words)
    rarest = max(map(rarity.of, words), default=0.0)
    kept: list[tuple[int, int]] = []
    spans = sorted(
        ((i, j) for i in range(len(words)) for j in range(i + 2, len(words) + 1)),
        key=lambda span: span[1] - span[0],
    )
    for start, end in spans:
        run = words[start:end]
        if any(start <= i and j <= end for i, j in kept):
            continue
        values = [rarity.of(word) for word in run]
        tells = sum(values) >= needed and max(values) == rarest
        tells = tells and min(values[0], values[-1]) >= _TELLING
        if tells and rarity.holders(run) <= _MOST_COURSES:
            kept.append((start, end))
    return runs | {" ".join(words[start:end]) for start, end in kept}


def _modules(catalogue: Catalogue) -> _Phrases:
    """Return whole titles of modules, those with words that tell something."""
    phrases = _Phrases()
    for courses in (catalogue.courses, *catalogue.translations.values()):
        rarity = _Rarity(
            {key: " ".join(m.title for m in course.modules) for key, course in courses.items()}
        )
        for key, course in courses.items():
            for module in course.modules:
                words = phrase_of(module.title).split()
                telling = [word for word in words if rarity.of(word) >= _TELLING]
                if len(words) >= _MODULE_WORDS and len(telling) > 1:
                    phrases.add(" ".join(words), f"{key}/{module.id}", None)
    return phrases


def write_gazetteer(settings: KnowledgeBaseSettings, path: Path) -> None:
    """Write the names of all content to a file, which is replaced in one step.

    Args:
        settings: where the content is.
        path: the file; its folder is made.

    Raises:
        CatalogueError: a catalogue file is broken.
        ContentStoreError: the content store cannot be used.
    """
    gazetteer = build_gazetteer(load_content(settings))
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.write_text(gazetteer.to_json(), encoding="utf-8")
    new.replace(path)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.gazetteer", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    options = parser.parse_args(arguments)
    try:
        write_gazetteer(KnowledgeBaseSettings(), options.out)
    except (CatalogueError, ContentStoreError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
