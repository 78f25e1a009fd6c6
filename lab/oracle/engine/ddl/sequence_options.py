"""The options of a sequence, also those of an identity column."""

from __future__ import annotations

from dataclasses import dataclass

from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.interface import OracleError


@dataclass
class SequenceOptions:
    """What was said about a sequence; None where nothing was."""

    start: int | None = None
    increment: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    cache: int | None = None
    cycle: bool = False
    order: bool = False
    restart: bool = False


def read_options(reader: Reader) -> SequenceOptions:
    """The options up to the end or a closing parenthesis."""
    options = SequenceOptions()
    while not reader.at_end and reader.peek() != ")":
        if reader.accept("START", "WITH"):
            options.start = reader.number()
        elif reader.accept("INCREMENT", "BY"):
            options.increment = reader.number()
        elif reader.accept("MINVALUE"):
            options.minimum = reader.number()
        elif reader.accept("MAXVALUE"):
            options.maximum = reader.number()
        elif reader.accept("CACHE"):
            options.cache = reader.number()
        elif reader.accept("NOCACHE"):
            options.cache = 0
        elif reader.accept("CYCLE"):
            options.cycle = True
        elif reader.accept("ORDER"):
            options.order = True
        elif reader.accept("RESTART"):
            options.restart = True
        elif reader.peek() in (
            "NOCYCLE",
            "NOORDER",
            "NOMINVALUE",
            "NOMAXVALUE",
            "NOKEEP",
            "NOSCALE",
            "GLOBAL",
        ):
            reader.token()
        else:
            raise reader.unsupported()
    if options.increment == 0:
        raise OracleError(4002, "INCREMENT must be a nonzero integer")
    return options
