"""Make the fonts of this folder; see README.md for where the sources come from.

``python make.py NOTO_SANS NASKH_FOLDER``; needs fonttools and brotli.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import OverlapMode, instantiateVariableFont

_HERE = Path(__file__).parent
_PAGE = _HERE.parents[2] / "channels" / "web" / "static" / "fonts"
_WEIGHTS = {"Regular": 400, "SemiBold": 600}
_SCRIPTS = (
    "Bengali", "Devanagari", "Gujarati", "Gurmukhi", "Kannada", "Malayalam", "Oriya", "Tamil",
    "Telugu",
)  # fmt: skip
_LATIN_BLOCKS = (
    range(0x20, 0x7F), range(0xA0, 0x250), range(0x2B0, 0x370), range(0x1E00, 0x1F00),
    range(0x2000, 0x2070), range(0x20A0, 0x20C1), (0x2116, 0x2122, 0x2212, 0x25CC),
)  # fmt: skip
# Vowel signs are written after digits and hyphens ("73-ാം"); only one font can join them.
_CARRIERS = "0123456789-–—()[].,:;/%'\"‘’“”…+"


def main() -> None:
    """Write every font in both weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("noto_sans", type=Path)
    parser.add_argument("naskh_folder", type=Path)
    arguments = parser.parse_args()
    for weight, number in _WEIGHTS.items():
        latin = _instance(arguments.noto_sans, wght=number, wdth=100)
        for script in _SCRIPTS:
            font = _instance(_PAGE / f"noto-sans-{script.lower()}.woff2", wght=number)
            _add(font, latin, _CARRIERS)
            _write(font, f"NotoSans{script}-{weight}", font.getBestCmap())
        _write(latin, f"NotoSans-{weight}", (c for block in _LATIN_BLOCKS for c in block), ())
        name = f"NotoNaskhArabic-{weight}"
        naskh = TTFont(arguments.naskh_folder / f"{name}.ttf")
        _write(naskh, name, naskh.getBestCmap())


def _instance(path: Path, **axes: float) -> TTFont:
    return instantiateVariableFont(
        TTFont(path), axes, overlap=OverlapMode.KEEP_AND_DONT_SET_FLAGS, updateFontNames=True
    )


def _add(font: TTFont, source: TTFont, characters: str) -> None:
    """Copy the outlines of the characters that a font does not have."""
    glyphs = source.getGlyphSet()
    for character in characters:
        if ord(character) in font.getBestCmap():
            continue
        origin = source.getBestCmap()[ord(character)]
        name = f"latin{ord(character):04X}"
        outline = DecomposingRecordingPen(glyphs)
        glyphs[origin].draw(outline)
        pen = TTGlyphPen(None)
        outline.replay(pen)
        font["glyf"][name] = pen.glyph()
        font["hmtx"][name] = source["hmtx"][origin]
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[ord(character)] = name
    font.setGlyphOrder(font["glyf"].glyphOrder)


def _write(
    font: TTFont, name: str, unicodes: Iterable[int], features: tuple[str, ...] = ("*",)
) -> None:
    """Write a font with these characters and all that can be formed from them."""
    options = Options(hinting=False, notdef_outline=True, name_IDs=["*"])
    options.drop_tables += ["STAT"]
    options.layout_features = [*options.layout_features, *features]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=unicodes)
    subsetter.subset(font)
    font.flavor = None
    font.save(_HERE / f"{name}.ttf")


if __name__ == "__main__":
    main()
