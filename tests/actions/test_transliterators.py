from __future__ import annotations

from pathlib import Path

from knowledge_base.transliterators import (
    build_transliterators,
    read_transliterators,
    write_transliterators,
)

TEXTS = {
    "en": ["cyber security"] * 3,
    "hi": ["सूचना का अधिकार", "मालूमात"],
    "hi_Latn": ["soochna ka adhikar"],
    "ur_Latn": ["maloomat"],
    "ta": ["தகவல் அலுவலகம்"],
}


def test_urdu_is_read_as_hindi(tmp_path: Path) -> None:
    built = build_transliterators(TEXTS)
    assert "ur" not in built
    assert built["hi"].candidates("soochna maloomaat cyber", 1)[0][0] == "सूचना मालूमात cyber"


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    built = build_transliterators(TEXTS)
    write_transliterators(tmp_path / "t.json", built)
    read = read_transliterators(tmp_path / "t.json")
    assert read == built
    assert read["ta"].candidates("thagaval") == built["ta"].candidates("thagaval")


def test_a_language_without_texts_leaves_words_as_they_are() -> None:
    assert build_transliterators(TEXTS)["gu"].candidates("namaste", 1)[0][0] == "namaste"
