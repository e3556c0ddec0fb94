"""Names of the Latin letters in each script, by which acronyms are spelled out: सीआईएसएफ."""

from __future__ import annotations

from string import ascii_uppercase
from typing import Iterator, Mapping

_LETTERS = {
    "Deva": ("ए बी सी डी ई एफ जी एच आई जे के एल एम एन ओ पी क्यू आर एस टी यू वी डब्ल्यू एक्स वाई ज़ेड"),
    "Beng": ("এ বি সি ডি ই এফ জি এইচ আই জে কে এল এম এন ও পি কিউ আর এস টি ইউ ভি ডব্লিউ এক্স ওয়াই জেড"),
    "Guru": ("ਏ ਬੀ ਸੀ ਡੀ ਈ ਐਫ ਜੀ ਐਚ ਆਈ ਜੇ ਕੇ ਐਲ ਐਮ ਐਨ ਓ ਪੀ ਕਿਊ ਆਰ ਐਸ ਟੀ ਯੂ ਵੀ ਡਬਲਯੂ ਐਕਸ ਵਾਈ ਜ਼ੈੱਡ"),
    "Gujr": ("એ બી સી ડી ઈ એફ જી એચ આઈ જે કે એલ એમ એન ઓ પી ક્યૂ આર એસ ટી યુ વી ડબલ્યુ એક્સ વાય ઝેડ"),
    "Orya": ("ଏ ବି ସି ଡି ଇ ଏଫ୍ ଜି ଏଚ୍ ଆଇ ଜେ କେ ଏଲ୍ ଏମ୍ ଏନ୍ ଓ ପି କ୍ୟୁ ଆର୍ ଏସ୍ ଟି ୟୁ ଭି ଡବ୍ଲ୍ୟୁ ଏକ୍ସ ୱାଇ ଜେଡ୍"),
    "Taml": ("ஏ பி சி டி இ எஃப் ஜி எச் ஐ ஜே கே எல் எம் என் ஓ பி க்யூ ஆர் எஸ் டி யூ வி டபிள்யூ எக்ஸ் ஒய் இசட்"),
    "Telu": ("ఏ బీ సీ డీ ఈ ఎఫ్ జీ హెచ్ ఐ జే కే ఎల్ ఎం ఎన్ ఓ పీ క్యూ ఆర్ ఎస్ టీ యూ వీ డబ్ల్యూ ఎక్స్ వై జెడ్"),
    "Knda": ("ಎ ಬಿ ಸಿ ಡಿ ಇ ಎಫ್ ಜಿ ಎಚ್ ಐ ಜೆ ಕೆ ಎಲ್ ಎಂ ಎನ್ ಒ ಪಿ ಕ್ಯೂ ಆರ್ ಎಸ್ ಟಿ ಯು ವಿ ಡಬ್ಲ್ಯೂ ಎಕ್ಸ್ ವೈ ಜೆಡ್"),
    "Mlym": ("എ ബി സി ഡി ഇ എഫ് ജി എച്ച് ഐ ജെ കെ എൽ എം എൻ ഒ പി ക്യു ആർ എസ് ടി യു വി ഡബ്ല്യു എക്സ് വൈ സെഡ്"),
    "Arab": (
        "اے بی سی ڈی ای ایف جی ایچ آئی جے کے ایل ایم این "
        "او پی کیو آر ایس ٹی یو وی ڈبلیو ایکس وائی زیڈ"
    ),
}
# Spellings that vary: the length of i and u, and whether a last consonant bears its mark.
_SHORT = str.maketrans({"ీ": "ి", "ూ": "ు", "ੀ": "ਿ", "ী": "ি"})
_VIRAMA = str.maketrans(dict.fromkeys("\u0b4d\u0c4d"))
_BY_SCRIPT = {
    script: dict(zip(ascii_uppercase, names.split(), strict=True))
    for script, names in _LETTERS.items()
}


def letters_by_name(script: str) -> Mapping[str, str]:
    """Return the name of every Latin letter in a script, by capital letter.

    Args:
        script: ISO 15924 code; one that is not known has no names.
    """
    return _BY_SCRIPT.get(script, {})


def spelled_out(acronym: str) -> Iterator[str]:
    """Yield an acronym as its letters are read, in every script, in one word and in several.

    Args:
        acronym: capital letters A to Z; anything else yields nothing.
    """
    for names in _BY_SCRIPT.values():
        letters = [names.get(letter, "") for letter in acronym]
        if not all(letters):
            return
        for separator in ("", " "):
            joined = separator.join(letters)
            yield from dict.fromkeys((joined, joined.translate(_SHORT), joined.translate(_VIRAMA)))
