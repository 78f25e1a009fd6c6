"""Sections of a profile as values of their classes; every mistake is noted with section and key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, TypeVar

from reconciliation.agreed.mistakes import missing, nearest, unknown_key
from reconciliation.model import Document
from reconciliation.process.limits import LONGEST_SECONDS

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Section = TypeVar("Section", bound="DataclassInstance")

TYPE_WORDS = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list of two whole numbers",
    tuple: "a list of texts",
}
#: metadata of a field that no file gives by this name
NOT_GIVEN = {"given": False}


class SectionReader:
    """Reads one document and notes every mistake in it; what depends on a part with a mistake is
    not looked at. ``known`` are the sections there are.
    """

    known: tuple[str, ...] = ()

    def __init__(self, document: Mapping[str, Document]) -> None:
        self.document = document
        self.mistakes: list[str] = []

    def unknown_sections(self) -> None:
        for name in sorted(set(self.document) - set(self.known)):
            meant = nearest(name, self.known)
            way_out = (
                f"did you mean [{meant}]?" if meant else f"sections are: {', '.join(self.known)}"
            )
            self.mistakes.append(f"unknown section [{name}]; {way_out}")

    def is_missing(self, section: str) -> bool:
        return bool(missing((section,), self.document, self.known))

    def section(
        self, name: str, types: Mapping[str, type], required: tuple[str, ...]
    ) -> Mapping[str, Document] | None:
        """The values of a section; None when something is wrong with it."""
        before = len(self.mistakes)
        if name not in self.document:
            if self.is_missing(name):
                self.mistakes.append(
                    f"section [{name}] is missing; it needs: {', '.join(required)}"
                )
            return None
        values = self.document[name]
        if not isinstance(values, dict):
            self.mistakes.append(f"[{name}] must be a section, it is a single value")
            return None
        for key in missing(required, values, tuple(types)):
            self.mistakes.append(f"[{name}] {key} is missing ({TYPE_WORDS[types[key]]})")
        for key, value in values.items():
            if key not in types:
                self.mistakes.append(f"[{name}] {unknown_key(key, tuple(types))}")
            elif not is_of(value, types[key]):
                self.mistakes.append(
                    f"[{name}] {key} must be {TYPE_WORDS[types[key]]}, it is {value!r}"
                )
        return values if len(self.mistakes) == before else None

    def typed(self, name: str, cls: type[Section]) -> Section | None:
        """The section as a value of its class, None when something is wrong with it."""
        given = [item for item in fields(cls) if item.metadata != NOT_GIVEN]
        types = {item.name: _plain_type(str(item.type)) for item in given}
        required = tuple(item.name for item in given if item.default is MISSING)
        values = self.section(name, types, required=required)
        # every value is of its field's type, which section has seen to
        made: Callable[..., Section] = cls
        return None if values is None else made(**values)

    def choice(self, section: str, key: str, value: str, allowed: tuple[str, ...]) -> None:
        if value not in allowed:
            self.mistakes.append(
                f"[{section}] {key} is {value!r}; it must be one of: {', '.join(allowed)}"
            )

    def duration(self, section: str, key: str, value: float) -> None:
        if not 0 < value <= LONGEST_SECONDS:  # a number that is none is in no order
            self.mistakes.append(
                f"[{section}] {key} must be more than 0 and at most {LONGEST_SECONDS} seconds, "
                f"it is {value}"
            )

    def without_credentials(self, key: str, url: str | None, instead: str) -> None:
        """What is in a URL gets into messages and reports; so it is not repeated here either."""
        if url is not None and "@" in url.partition("//")[2].partition("/")[0]:
            self.mistakes.append(f"{key} holds credentials; put them into {instead}")


def _plain_type(annotation: str) -> type:
    word = annotation.partition(" ")[0].partition("[")[0]
    known = {"str": str, "bool": bool, "int": int, "float": float, "list": list, "tuple": tuple}
    return known[word]


def is_of(value: object, wanted: type) -> bool:
    if wanted in (int, float) and isinstance(value, bool):
        return False
    if wanted is tuple:  # TOML has lists only
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, (int, float)) if wanted is float else isinstance(value, wanted)
