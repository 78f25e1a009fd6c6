"""What a JSON or TOML document holds, as the type that is expected there: ValueError names the
place and the value of anything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciliation.model import Document


def members(value: Document, where: str) -> Mapping[str, Document]:
    """An object of JSON, a table of TOML."""
    if isinstance(value, Mapping):
        return value
    raise ValueError(f"{where} is {value!r}, not an object")


def elements(value: Document, where: str) -> Sequence[Document]:
    if isinstance(value, (list, tuple)):
        return value
    raise ValueError(f"{where} is {value!r}, not a list")


def text(value: Document, where: str) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"{where} is {value!r}, not a text")


def texts(value: Document, where: str) -> tuple[str, ...]:
    return tuple(text(one, where) for one in elements(value, where))


def whole(value: Document, where: str) -> int:
    """A whole number; true and false are none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"{where} is {value!r}, not a whole number")
