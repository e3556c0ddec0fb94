"""Web pages, read with Lexbor (https://selectolax.readthedocs.io)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from knowledge_base.ingest.documents import ParseContext, ParsedDocument, Place, SectionBuilder
from knowledge_base.ingest.text_encoding import read_text

# No content: what is around it, and what is not shown. Forms stay, for many a server wraps all
# of a page in one.
_LEFT_OUT = (
    "script, style, noscript, template, nav, footer, button, select, "
    "svg, iframe, object, [hidden], [aria-hidden=true]"
)
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
# Elements that end a sentence where they begin and end (HTML Living Standard, 15.3.3).
_BLOCKS = frozenset(
    {"address", "article", "blockquote", "body", "br", "caption", "dd", "details", "div", "dl"}
    | {"dt", "fieldset", "figcaption", "figure", "footer", "header", "hr", "html", "li", "main"}
    | {"ol", "option", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th"}
    | {"thead", "tr", "ul"}
)
_TEXT = "-text"
_RULE = regex.compile(r"([^{}]+)\{([^{}]*)\}")
_FAMILY = regex.compile(r"font(?:-family)?\s*:\s*([^;}]+)", regex.IGNORECASE)


def parse_html(path: Path, context: ParseContext) -> ParsedDocument:
    """Read a web page, see ``Parser``.

    Places are the ids of the nearest elements above, so that ``page.html#id`` opens there.
    """
    tree = LexborHTMLParser(read_text(path))
    fonts = _fonts(tree)
    title = tree.css_first("title")
    reader = _PageReader(fonts, {node.mem_id for node in tree.css(_LEFT_OUT)})
    if tree.body is not None:
        reader.read(tree.body)
    return reader.document(title.text(strip=True) if title else None)


def _fonts(tree: LexborHTMLParser) -> dict[int, str]:
    """Return the fonts that style sheets, styles and ``font`` elements name, by node."""
    fonts: dict[int, str] = {}
    for sheet in tree.css("style"):
        for selector, body in _RULE.findall(sheet.text()):
            family = _FAMILY.search(body)
            if not family:
                continue
            try:
                for node in tree.css(selector.strip()):
                    fonts[node.mem_id] = family[1]
            except SelectolaxError:
                # A rule for something that no selector library knows, e.g. @font-face.
                continue
    for node in tree.css("[style]"):
        family = _FAMILY.search(node.attributes.get("style") or "")
        if family:
            fonts[node.mem_id] = family[1]
    for node in tree.css("font[face]"):
        fonts[node.mem_id] = node.attributes["face"] or ""
    return fonts


class _PageReader:
    """Walks through a page and collects its sections.

    Args:
        fonts: by node.
        left_out: nodes that are passed over with all they hold.
    """

    def __init__(self, fonts: dict[int, str], left_out: set[int]) -> None:
        self._fonts = fonts
        self._left_out = left_out
        self._builder = SectionBuilder()
        self._words: list[str] = []
        self._block_fonts: set[str] = set()
        self._block_anchor: str | None = None
        self._anchor: str | None = None

    def read(self, root: LexborNode) -> None:
        """Read an element with all it holds; without recursion, for pages may nest deeply."""
        todo: list[tuple[LexborNode | None, str | None, str | None]] = [(root, None, None)]
        while todo:
            node, font, closes = todo.pop()
            if node is None:
                self._close(closes)
                continue
            if node.tag == _TEXT:
                self._text(node.text_content or "", font)
                continue
            if node.mem_id in self._left_out:
                continue
            own = node.attributes.get("id")
            if node.tag in _BLOCKS or node.tag in _HEADINGS:
                self._end_block()
                todo.append((None, None, node.tag))
            if own:
                self._anchor = own
            font = self._fonts.get(node.mem_id, font)
            children = [(child, font, None) for child in _children(node)]
            todo.extend(reversed(children))

    def document(self, title: str | None) -> ParsedDocument:
        """Return what was read."""
        self._end_block()
        return self._builder.document(title)

    def _text(self, text: str, font: str | None) -> None:
        if text.strip():
            if not any(word.strip() for word in self._words):
                self._block_anchor = self._anchor
            if font:
                self._block_fonts.add(font)
        self._words.append(text)

    def _close(self, tag: str | None) -> None:
        if tag in _HEADINGS:
            self._builder.heading(_HEADINGS[tag], "".join(self._words))
            self._words = []
            self._block_fonts = set()
        else:
            self._end_block()

    def _end_block(self) -> None:
        place = Place(anchor=self._block_anchor)
        self._builder.block("".join(self._words), place, frozenset(self._block_fonts))
        self._words = []
        self._block_fonts = set()


def _children(node: LexborNode) -> Iterator[LexborNode]:
    return node.iter(include_text=True)
