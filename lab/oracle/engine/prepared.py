"""A translation prepared in the store."""

from __future__ import annotations

from dataclasses import dataclass

from lab.oracle.engine.pgcodec import Converter
from lab.oracle.engine.translation import Translation
from lab.oracle.interface import Column


@dataclass(frozen=True)
class Prepared:
    """A translation prepared in the store for certain bind types."""

    name: bytes
    oids: tuple[int, ...]
    converters: tuple[Converter, ...]
    translation: Translation
    columns: tuple[Column, ...]
    result_converters: tuple[Converter, ...]
    #: places of the parameters that are LOBs: those may be empty without being NULL
    lobs: tuple[int, ...]
