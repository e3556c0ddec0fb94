from __future__ import annotations

from knowledge_base.languages import registry


def test_english_and_sixteen_indian_languages() -> None:
    expected = [
        "en",
        "hi",
        "bn",
        "mr",
        "te",
        "ta",
        "gu",
        "ur",
        "kn",
        "or",
        "ml",
        "pa",
        "as",
        "ne",
        "sa",
        "mai",
        "kok",
    ]
    assert set(registry.languages()) == set(expected)


def test_fallbacks_end_in_english() -> None:
    for locale in registry.locales():
        chain = registry.fallback_locales(locale)
        assert chain[0] == locale
        assert chain[-1] == "en"


def test_a_romanised_locale_falls_back_to_its_own_script_first() -> None:
    assert registry.fallback_locales("hi_Latn")[:2] == ["hi_Latn", "hi"]


def test_only_urdu_in_its_own_script_runs_from_the_right() -> None:
    assert registry.direction_of("ur") == "rtl"
    assert registry.direction_of("ur_Latn") == "ltr"


def test_tags_with_hyphens_are_known() -> None:
    assert registry.known_locale("hi-Latn") == "hi_Latn"
    assert registry.known_locale("fr") is None
    assert registry.known_locale(None) is None
    assert registry.known_locale(3) is None
