"""SCORM 1.2 and 2004 packages: ``imsmanifest.xml`` and the files it names.

The manifest is IMS Content Packaging 1.1 in both (SCORM 2004 4th Edition, Content Aggregation
Model, section 3.4); they differ in namespaces only, which are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from knowledge_base.ingest.archives import open_archive
from knowledge_base.ingest.documents import ParseContext, ParsedDocument, clean
from knowledge_base.ingest.parsers.package import is_material, read_members
from knowledge_base.ingest.source import ItemError

MANIFEST = "imsmanifest.xml"
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"


@dataclass(frozen=True)
class _Resource:
    """A resource: the file to launch first, then the others; what it depends on."""

    files: tuple[str, ...]
    dependencies: tuple[str, ...]


def parse_scorm(path: Path, context: ParseContext) -> ParsedDocument:
    """Read a SCORM package.

    The items of the default organisation are its modules, named with the titles above them;
    their files are those of the resource, read in the manifest's order.

    Raises:
        ItemError: the archive cannot be trusted or read, or its manifest is broken.
    """
    with open_archive(path, context.limits) as archive:
        manifest = _manifest(archive.read(archive.find(MANIFEST)))
        organisation = _default_organisation(manifest)
        resources = _resources(manifest)
        title = _title(organisation) if organisation is not None else None
        items = _items(organisation, ()) if organisation is not None else ()
        members: list[tuple[str, str]] = []
        seen: set[str] = set()
        for name, reference in items:
            for file in _files(resources, reference):
                member = archive.find(file)
                if member and member not in seen and is_material(member):
                    seen.add(member)
                    members.append((name, member))
        if not members:
            raise ItemError(f"its {MANIFEST} names no file that can be read; export it anew")
        return read_members(archive, members, context, title)


def _manifest(content: bytes) -> Element:
    try:
        return defusedxml.ElementTree.fromstring(content)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise ItemError(f"its {MANIFEST} cannot be read ({error}); export it anew") from error


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if child.tag.rpartition("}")[2] == name)


def _default_organisation(manifest: Element) -> Element | None:
    for organisations in _children(manifest, "organizations"):
        found = list(_children(organisations, "organization"))
        default = organisations.get("default")
        return next((o for o in found if o.get("identifier") == default), next(iter(found), None))
    return None


def _title(element: Element) -> str | None:
    title = next(_children(element, "title"), None)
    return clean("".join(title.itertext())) or None if title is not None else None


def _items(element: Element, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield (title, resource) of the items below an element."""
    for item in _children(element, "item"):
        title = _title(item)
        names = (*above, title) if title else above
        if item.get("identifierref"):
            yield ": ".join(names), item.get("identifierref")
        yield from _items(item, names)


def _resources(manifest: Element) -> dict[str, _Resource]:
    found = {}
    for resources in _children(manifest, "resources"):
        base = resources.get(_XML_BASE, "")
        for resource in _children(resources, "resource"):
            own_base = base + resource.get(_XML_BASE, "")
            hrefs = [resource.get("href"), *(f.get("href") for f in _children(resource, "file"))]
            files = (_member(own_base, href) for href in hrefs if href)
            found[resource.get("identifier", "")] = _Resource(
                tuple(dict.fromkeys(file for file in files if file)),
                tuple(d.get("identifierref", "") for d in _children(resource, "dependency")),
            )
    return found


def _member(base: str, href: str) -> str | None:
    """Return the path in the archive that a reference leads to, None for one to the web."""
    parts = urlsplit(href)
    return None if parts.scheme or parts.netloc else unquote(base + parts.path)


def _files(resources: dict[str, _Resource], reference: str) -> list[str]:
    """Return the files of a resource and of all that it depends on."""
    files: list[str] = []
    todo, seen = [reference], set()
    while todo:
        key = todo.pop(0)
        if key in resources and key not in seen:
            seen.add(key)
            files += resources[key].files
            todo += resources[key].dependencies
    return files
