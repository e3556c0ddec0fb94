"""Documents become modules and passages of a course."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.catalogue import Course, Location, Module, Passage
from knowledge_base.ingest.assembly import assemble
from knowledge_base.ingest.documents import Place
from knowledge_base.ingest.source import ItemError, SourceCourse, SourceDocument
from knowledge_base.ingest.splitting import PassageText, SplitDocument, SplitPart
from tests.actions.ingest.material import TEXTS


def course(*modules: Module, language: str = "en") -> Course:
    return Course(
        id="c1",
        title="A course",
        provider="ISTM",
        language=language,
        duration_seconds=600,
        summary="What it is about.",
        modules=modules or (Module(id="m1", title="First"),),
    )


def part(language: str = "en", title: str | None = None, document: str | None = None) -> SplitPart:
    passages = tuple(
        PassageText((f"Heading {number}",), text, Place(page=number))
        for number, text in enumerate(TEXTS[language], 1)
    )
    return SplitPart(passages, title, document)


def document(name: str = "a.pdf", module: str | None = None, **given: str) -> SourceDocument:
    return SourceDocument(Path(name), name, module, **given)


def test_a_document_fills_its_module() -> None:
    own = Passage(id="m1p1", heading="Own", text="It was there before.")
    source = SourceCourse(course(Module(id="m1", title="First", passages=(own,))))
    given = document(module="m1", url="https://example.org/a.pdf")
    (module,) = assemble(source, [(given, SplitDocument((part(),)))]).modules
    assert [passage.id for passage in module.passages] == ["m1p1", "m1p2", "m1p3"]
    assert module.passages[0] == own
    assert module.passages[1].heading == "Heading 1"
    assert module.passages[1].location == Location(
        document="a.pdf", url="https://example.org/a.pdf", page=1
    )


def test_a_document_without_a_module_is_one() -> None:
    read = SplitDocument((part(),), title="Its title")
    modules = assemble(SourceCourse(course()), [(document(), read)]).modules
    assert [(module.id, module.title) for module in modules] == [
        ("m1", "First"),
        ("m2", "Its title"),
    ]
    assert [passage.id for passage in modules[1].passages] == ["m2p1", "m2p2"]


def package() -> SplitDocument:
    parts = (
        part(title="One", document="1.html"),
        part(title="One", document="2.vtt"),
        part(title="Two", document="3.html"),
    )
    return SplitDocument(parts, title="The package")


def test_a_package_takes_the_place_of_its_module() -> None:
    source = SourceCourse(course(Module(id="m1", title="First"), Module(id="m2", title="Second")))
    modules = assemble(source, [(document("p.zip", "m1"), package())]).modules
    assert [(module.id, module.title, len(module.passages)) for module in modules] == [
        ("m1-1", "One", 4),
        ("m1-2", "Two", 2),
        ("m2", "Second", 0),
    ]
    assert modules[0].passages[2].location.document == "p.zip/2.vtt"


def test_a_package_beside_other_documents_stays_in_its_module() -> None:
    documents = [
        (document("p.zip", "m1"), package()),
        (document("b.pdf", "m1"), SplitDocument((part(),))),
    ]
    (module,) = assemble(SourceCourse(course()), documents).modules
    assert (module.id, len(module.passages)) == ("m1", 8)


def test_a_passage_in_another_language_is_marked() -> None:
    read = SplitDocument((part("en"), part("hi"), part("ta")))
    (module,) = assemble(SourceCourse(course()), [(document(module="m1"), read)]).modules
    assert [passage.language for passage in module.passages] == [
        None,
        None,
        "hi",
        "hi",
        "ta",
        "ta",
    ]


def test_a_marathi_course_is_not_marked_as_hindi_for_single_words() -> None:
    texts = ("हा कायदा २००५ मध्ये लागू झाला आहे आणि तो सर्वांसाठी आहे.", "सूचना, नियम, शुल्क, कलम.")
    passages = tuple(PassageText((), text, Place()) for text in texts)
    read = SplitDocument((SplitPart(passages),))
    source = SourceCourse(course(language="mr"))
    (module,) = assemble(source, [(document(module="m1"), read)]).modules
    assert [passage.language for passage in module.passages] == [None, None]


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_a_draft_is_described_by_its_document(language: str) -> None:
    read = SplitDocument((part(language),), title="सूचना")
    source = SourceCourse(course(), draft=True)
    made = assemble(source, [(document(module="m1"), read)])
    assert (made.language, made.title) == (language, "सूचना")
    assert made.summary.removesuffix(" …") in TEXTS[language][0]


def test_a_draft_without_text_is_no_course() -> None:
    with pytest.raises(ItemError, match="hold no text"):
        assemble(SourceCourse(course(), draft=True), [])
