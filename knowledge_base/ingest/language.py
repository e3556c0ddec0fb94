"""Which language course material is written in."""

from __future__ import annotations

from collections import Counter

import regex

from knowledge_base.languages import registry
from knowledge_base.languages.script import dominant_script

_WORD = regex.compile(r"[\p{L}\p{M}]+")
# The most frequent words of languages that share a script, those left out that two of them have.
_FREQUENT_WORDS = {
    "Deva": {
        "hi": "के का की में है हैं से को पर और यह कि नहीं भी हो करने लिए था थे तथा द्वारा गया किया इस",
        "mr": "आहे आहेत आणि नाही व या ते हे त्या केले करणे साठी होते असते किंवा म्हणून मध्ये झाले तर",
        "ne": "छ छन् हो र को मा लाई ले गर्न भएको हुने पनि गर्ने लागि थियो यो हुन्छ गरेको बाट",
        "sa": "च अस्ति इति एव भवति न तु सन्ति तत् तस्य यत् सः भवन्ति अपि वा कृते अत्र",
        "mai": "अछि छथि छै केँ सँ मे आओर नहि ओ एहि जे अपन हेतु करैत छल गेल कएल लेल",
        "kok": "आसा आनी हें तें जाता आसात खातीर वा ना म्हण जें करून तांचें हांगा जावं उपरांत",
    },
    "Beng": {
        "bn": "এবং করে হয় এই যে না থেকে জন্য তার এর একটি করা হবে কোন র",
        "as": "আৰু কৰা হয় এই যে নহয় পৰা বাবে তাৰ ইয়াৰ এটা হ'ব কৰে ৰ লৈ",
    },
}
_WORDS_LOOKED_AT = 2000


def language_of_text(text: str) -> str:
    """Return the language of a text, by its script and the script's most frequent words.

    Args:
        text: some sentences; Latin letters count as English.

    Returns:
        Code of one of Sathi's languages.
    """
    script = dominant_script(text) or "Latn"
    usual = registry.script_language(script) or registry.DEFAULT_LOCALE
    candidates = _FREQUENT_WORDS.get(script)
    if not candidates:
        return usual
    counts = Counter(_WORD.findall(text)[:_WORDS_LOOKED_AT])
    scores = {
        language: sum(counts[word] for word in set(words.split()))
        for language, words in candidates.items()
    }
    best = max(scores, key=lambda language: (scores[language], language == usual))
    return best if scores[best] else usual
