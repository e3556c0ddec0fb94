"""Whether a sentence denies something; an embedding hardly tells "may" from "may not".

A word list finds negation in plain prose about as well as a parser does (Chapman et al. 2001,
"A Simple Algorithm for Identifying Negated Findings", NegEx); prohibitions and exemptions count
as negations, so that "is prohibited" and "must not" are alike.
"""

from __future__ import annotations

from collections.abc import Iterable

import regex

_EDGE = r"(?<![\p{L}\p{M}])(?:%s)(?![\p{L}\p{M}])"
# Words by script; \w stands for the rest of a word, where a language joins negation to verbs.
_NEGATIONS = {
    "Latin": (
        r"not|never|none|nobody|nothing|neither|nor|cannot|no(?!\.?\s*\d)|[a-z]+n['’]t|"
        r"prohibit\w*|forbid\w*|barred|exempt\w*|"
        r"nah[ie]\w*|nahee\w*|nhi|nathi|nohoy|illai|illa|alla|ledu|kadu|kaadu|kudadu|koodadu|venda"
    ),
    "Devanagari": (
        r"नहीं|नही|नहि|नञि|न|ना|मत|नाही\w*|नको|नये|नस\w+|छैन\w*|होइन|हुन्न|\w+दैन|न्हय|"
        r"नास्ति|निषि\w+|निषेध\w*|वर्जित|मनाही|प्रतिबंध\w*|छूट"
    ),
    "Bengali": r"না|নয়|নেই|নাই|নহয়|নোৱাৰ\w*|নাহি|\w+েনি|নিষি\w+|নিষেধ\w*",
    "Gurmukhi": r"ਨਹੀਂ|ਨਹੀ|ਨਾ|ਮਨਾਹੀ|ਵਰਜਿਤ|ਛੋਟ",
    "Gujarati": r"નથી|નહીં|નહિ|નહી|ન|ના|મનાઈ|પ્રતિબંધ\w*|મુક્તિ",
    "Oriya": r"ନାହିଁ|ନାହାନ୍ତି|ନୁହେଁ|ନୁହଁନ୍ତି|ନ|ନିଷି\w+|ନିଷେଧ\w*",
    "Tamil": r"\w*இல்லை|\w+வில்லை|\w+ில்லை|அல்ல|\w+ாது|வேண்டாம்|தடை\w*|விலக்கு\w*",
    "Telugu": r"\w*లేదు|\w*లేరు|\w*కాదు|\w*కూడదు|\w*రాదు|వద్దు|నిషేధ\w*|మినహాయింపు\w*",
    "Kannada": r"\w*ಇಲ್ಲ|\w+ಿಲ್ಲ|ಅಲ್ಲ|\w*ಬಾರದು|ಬೇಡ|\w*ಕೂಡದು|ನಿಷೇಧ\w*|ನಿಷಿ\w+|ವಿನಾಯಿತಿ\w*",
    "Malayalam": r"\w*ഇല്ല\w*|\w+ില്ല\w*|അല്ല|\w*അരുത്|\w+രുത്|വേണ്ട|നിരോധ\w*|ഇളവ്",
    "Arabic": r"نہیں|نہ|نا|مت|ممنوع|ممانعت|مستثن\w*",
}
# Where a sentence goes on with another statement.
_CLAUSE_END = regex.compile(
    r"[,;:،؛]|"
    + _EDGE
    % (
        "and|but|while|whereas|or|और|एवं|तथा|परन्तु|परंतु|लेकिन|मगर|आणि|पण|र|तर|আৰু|এবং|কিন্তু|মাথো|ਅਤੇ|ਪਰ|અને|પણ|"
        "પરંતુ|ଏବଂ|କିନ୍ତୁ|மற்றும்|ஆனால்|మరియు|కానీ|ಮತ್ತು|ಆದರೆ|എന്നാൽ|പക്ഷേ|اور|لیکن"
    ),
    regex.IGNORECASE,
)
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
# Words that tell nothing of what a clause is about, besides those of two letters.
_EMPTY = frozenset(
    {"the", "and", "are", "for", "was", "has", "had", "its", "not", "all", "any", "may", "can"}
    | {"with", "this", "that", "they", "them", "those", "these", "have", "will", "must"}
    | {"में", "हैं", "नहीं", "होता", "होती", "करना", "सकता", "सकते"}
)
_EMPTY_LETTERS = 2
_COMMON_WORDS = 2
_NEGATED = regex.compile(
    _EDGE % "|".join(words.replace(r"\w", r"[\p{L}\p{M}]") for words in _NEGATIONS.values()),
    regex.IGNORECASE,
)


def is_negated(sentence: str) -> bool:
    """Tell whether a sentence of any of the languages holds a negation.

    Args:
        sentence: in a language's own script or in Latin letters.
    """
    return _NEGATED.search(sentence) is not None


def denies(claim: str, sentences: Iterable[str]) -> bool:
    """Tell whether a claim says the contrary of sentences about the same.

    Clause by clause: each clause of the claim is held against the one that has most words in
    common with it, at least two. One negated and the other not is a contradiction.

    Args:
        claim: a sentence.
        sentences: sentences in the same script.
    """
    clauses = [(_words(c), is_negated(c)) for s in sentences for c in _CLAUSE_END.split(s)]
    for clause in _CLAUSE_END.split(claim):
        words = _words(clause)
        common = [(len(words & other), negated) for other, negated in clauses]
        most = max((number for number, _ in common), default=0)
        nearest = {negated for number, negated in common if number == most}
        if most >= _COMMON_WORDS and is_negated(clause) not in nearest:
            return True
    return False


def _words(clause: str) -> set[str]:
    words = (word.casefold() for word in _WORD.findall(clause) if len(word) > _EMPTY_LETTERS)
    return {word for word in words if word not in _EMPTY}
