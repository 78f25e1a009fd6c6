"""Texts that arrive as other texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from lab.dms.faults.catalogue import PER_VALUE, VALUE, Given, fault
from lab.dms.faults.options import choice, whole

_Change = Callable[[Any, str], Any]


def _of_texts(change: Callable[[str], str | None]) -> _Change:
    """A change of texts that leaves numbers, moments and everything else alone."""
    not_texts = {"date", "timestamp", "timestamptz", "time", "timetz", "bool", "numeric", "uuid"}

    def change_text(value: Any, type_name: str) -> Any:
        return change(value) if isinstance(value, str) and type_name not in not_texts else value

    return change_text


@fault(
    VALUE,
    "supplementary_character_lost",
    (78,),
    "the first character beyond U+FFFF of a text is missing in Oracle",
    PER_VALUE,
)
def _supplementary_character_lost(_: Given) -> _Change:
    def change(text: str) -> str:
        for position, character in enumerate(text):
            if ord(character) > 0xFFFF:
                return text[:position] + text[position + 1 :]
        return text

    return _of_texts(change)


@fault(
    VALUE,
    "trailing_blanks_trimmed",
    (71,),
    "blanks at the end of a text are missing in Oracle",
    PER_VALUE,
)
def _trailing_blanks_trimmed(_: Given) -> _Change:
    return _of_texts(lambda text: text.rstrip(" "))


@fault(
    VALUE,
    "leading_zeros_lost",
    (27,),
    "codes such as 007 lose their leading zeros in Oracle",
    PER_VALUE,
)
def _leading_zeros_lost(_: Given) -> _Change:
    return _of_texts(lambda text: str(int(text)) if text.isascii() and text.isdecimal() else text)


@fault(
    VALUE,
    "mojibake",
    (78,),
    "every character beyond ASCII arrives as two or more others in Oracle: é as Ã©",
    PER_VALUE,
)
def _mojibake(_: Given) -> _Change:
    return _of_texts(lambda text: text.encode().decode("latin-1"))


@fault(
    VALUE,
    "question_marks",
    (78,),
    "characters the target's character set does not have arrive as ? in Oracle",
    PER_VALUE,
    charset=choice("latin-1", "ascii", "cp1252", "euc-kr", says="the character set of the target"),
)
def _question_marks(given: Given) -> _Change:
    charset = given["charset"]
    return _of_texts(lambda text: text.encode(charset, errors="replace").decode(charset))


@fault(
    VALUE,
    "characters_normalised",
    (78,),
    "letters with combining marks arrive composed in Oracle: the same to the eye, other code "
    "points",
    PER_VALUE,
    form=choice("NFC", "NFD", "NFKC", "NFKD", says="the Unicode normalisation form"),
)
def _characters_normalised(given: Given) -> _Change:
    return _of_texts(lambda text: unicodedata.normalize(given["form"], text))


@fault(
    VALUE,
    "case_folded",
    (27, 66),
    "texts arrive in other letters in Oracle: London as LONDON",
    PER_VALUE,
    to=choice("upper", "lower", says="which case the letters get"),
)
def _case_folded(given: Given) -> _Change:
    return _of_texts(str.upper if given["to"] == "upper" else str.lower)


@fault(
    VALUE,
    "line_breaks_lost",
    (27,),
    "carriage returns and line feeds arrive as one line feed in Oracle",
    PER_VALUE,
)
def _line_breaks_lost(_: Given) -> _Change:
    return _of_texts(lambda text: text.replace("\r\n", "\n"))


@fault(
    VALUE,
    "text_cut_to_characters",
    (28,),
    "texts end after so many characters in Oracle, and nothing is said",
    PER_VALUE,
    characters=whole(10, "how many characters are left", 1),
)
def _text_cut_to_characters(given: Given) -> _Change:
    return _of_texts(lambda text: text[: given["characters"]])


@fault(
    VALUE,
    "text_cut_to_bytes",
    (47, 11),
    "texts end after so many bytes in Oracle: those beyond ASCII earlier than others, and "
    "nothing is said",
    PER_VALUE,
    bytes=whole(10, "how many bytes of UTF-8 are left", 1),
)
def _text_cut_to_bytes(given: Given) -> _Change:
    return _of_texts(lambda text: text.encode()[: given["bytes"]].decode(errors="ignore"))


@fault(
    VALUE, "empty_text_as_blank", (10,), "an empty text arrives as one blank in Oracle", PER_VALUE
)
def _empty_text_as_blank(_: Given) -> _Change:
    return _of_texts(lambda text: text or " ")


@fault(
    VALUE,
    "blank_text_as_null",
    (75, 27),
    "a text of blanks only arrives as NULL in Oracle",
    PER_VALUE,
)
def _blank_text_as_null(_: Given) -> _Change:
    return _of_texts(lambda text: text if text.strip(" ") or not text else None)


@fault(
    VALUE,
    "text_nulled",
    (27,),
    "texts arrive as NULL in Oracle; where the column is NOT NULL the row is refused",
    PER_VALUE,
)
def _text_nulled(_: Given) -> _Change:
    return _of_texts(lambda text: None)
