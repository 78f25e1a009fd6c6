"""What a form is: how one column pair is written by both databases and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciliation.model import Value

#: writes a column's SQL expression
Writer = Callable[[str], str]
#: a field's text, or its bytes for a binary form; None stands for NULL
FieldText = str | bytes | None
#: gives the driver's value for it
Reader = Callable[[FieldText], Value]


@dataclass(frozen=True)
class Form:
    """``source`` and ``target`` give SQL for the text of a quoted column; ``longest`` is the
    target's text in bytes.

    ``read_source`` and ``read_target`` turn field texts back into driver values; where
    ``converted`` is set the source's text is canonical already. ``reduced`` is a SQL condition in
    PostgreSQL: the conversion loses something.

    With ``pack`` the field is no part of the row's text but a column beside it: ``source`` is sent
    as it is, and ``pack`` makes the same bytes of Oracle's driver value. ``measured`` says that
    DBMS_LOB.GETLENGTH tells its size and ``binary`` that its bytes are not text.
    """

    source: Writer
    target: Writer
    longest: int
    read_source: Reader
    read_target: Reader
    counted: bool = False
    converted: bool = False
    reduced: Writer | None = None
    pack: Callable[[Value], bytes] | None = None
    measured: bool = False
    binary: bool = False
