"""Passages that speak to a language model instead of to learners.

Course material comes from many hands. A passage that tells a model what to do ("ignore all
previous instructions") is not given to one (OWASP Top 10 for LLM Applications 2025, LLM01);
learners may still read it.
"""

from __future__ import annotations

import unicodedata

import regex

_INVISIBLE = regex.compile(r"[\p{Cf}\p{Co}--[\u200c\u200d]]", regex.VERSION1)
# Characters of the tag block spell ASCII that nobody sees.
_TAGS = regex.compile("[\U000e0020-\U000e007f]")
_PATTERNS = [
    regex.compile(pattern, regex.IGNORECASE)
    for pattern in (
        # Control tokens of chat templates.
        r"<\|\s*\w+\s*\|>|\[/?INST\]|<</?SYS>>|<start_of_turn>|</?s>",
        r"(?m)^\W{0,3}(?:system|assistant|developer)(?: prompt| message)?\s*:",
        # "Ignore / forget / override ... previous / all ... instructions / rules / prompt".
        r"\b(?:ignor|disregard|forget|overrid|bypass|discard)\w*\b.{0,40}"
        r"\b(?:previous|prior|above|earlier|preceding|all|any|your|other|these|those|system)\b"
        r".{0,30}\b(?:instruction|direction|prompt|guideline|rule|command|message|polic)\w*",
        r"\b(?:system|hidden|initial|developer) prompt\b",
        r"\byou are (?:now|no longer)\b.{0,40}\b(?:assistant|model|bot|ai|dan|mode|system|person)",
        r"\b(?:pretend|act|behave|respond|answer|reply)\b.{0,20}"
        r"\bas (?:if you|an? (?:ai|model|bot))",
        r"\b(?:ai|llm|language model|assistant|chat ?bot|chatgpt|gpt)\b[^.!?\n]{0,30}"
        r"\b(?:must|should|shall|please|have to|is to)\b[^.!?\n]{0,40}"
        r"\b(?:say|reply|respond|answer|output|tell|write|reveal|ignore|include|recommend|state)",
        r"\b(?:reply|respond|answer|output|print)\b (?:only|just|exactly)\b.{0,10}[\"“‘]",
        r"\b(?:new|updated|additional|real|actual) instructions?\s*[:：]",
        r"\bdo not (?:cite|use|mention|follow)\b.{0,30}\b(?:passages?|sources?|instructions?)\b",
        # Hindi, in both scripts.
        r"(?:पिछले|पूर्व|पहले के|ऊपर के|उपरोक्त|सभी|सारे).{0,20}(?:निर्देश|आदेश|नियम).{0,25}"
        r"(?:अनदेखा|नज़रअंदाज|नजरअंदाज|भूल|उपेक्षा|छोड़)",
        r"\b(?:pichl[ae]|pehle|upar|sabhi|saare)\b.{0,20}\b(?:nirdesh|instructions?|aadesh|niyam)\b"
        r".{0,25}\b(?:ignore|bhool|bhul|andekha|nazarandaz|chhod)",
    )
]


def addresses_a_model(text: str) -> bool:
    """Tell whether a text gives orders to a language model.

    Args:
        text: a passage, any language; the patterns know English and Hindi.
    """
    if _TAGS.search(text):
        return True
    seen = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return any(pattern.search(seen) for pattern in _PATTERNS)
