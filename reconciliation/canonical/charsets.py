"""Character sets of Oracle: the bytes a text takes in one, the characters it lacks, and how its
bytes order texts.

A type's ``charset`` is None for AL32UTF8, and for AL16UTF16 in national columns. What a set lacks
is stored as its replacement character without an error, so every lack is an alteration. Sources:
Oracle Globalization Support Guide, "Character Sets" and "Choosing a Character Set" (UTF8 is CESU-8:
a character beyond U+FFFF takes six bytes and counts as two). Python's codecs are Microsoft's code
pages; KO16MSWIN949 is code page 949 but for the area of private use.
"""

from __future__ import annotations

from functools import lru_cache

#: Oracle's name -> Python's codec, and bytes of the widest character
_CODECS: dict[str, tuple[str, int]] = {
    "US7ASCII": ("ascii", 1),
    "WE8ISO8859P1": ("latin-1", 1),
    "WE8ISO8859P15": ("iso8859-15", 1),
    "WE8MSWIN1252": ("cp1252", 1),
    "EE8ISO8859P2": ("iso8859-2", 1),
    "EE8MSWIN1250": ("cp1250", 1),
    "CL8MSWIN1251": ("cp1251", 1),
    "CL8ISO8859P5": ("iso8859-5", 1),
    "TR8MSWIN1254": ("cp1254", 1),
    "TH8TISASCII": ("tis-620", 1),
    "VN8MSWIN1258": ("cp1258", 1),
    "KO16KSC5601": ("euc_kr", 2),
    "KO16MSWIN949": ("cp949", 2),
    "JA16SJIS": ("cp932", 2),
    "JA16SJISTILDE": ("cp932", 2),
    "JA16EUC": ("euc_jp", 3),
    "JA16EUCTILDE": ("euc_jp", 3),
    "ZHS16GBK": ("gbk", 2),
    "ZHS16CGB231280": ("gb2312", 2),
    "ZHT16MSWIN950": ("cp950", 2),
    "ZHT16BIG5": ("big5", 2),
    "ZHS32GB18030": ("gb18030", 4),
}
#: what may stand for a character that a set lacks; a converter that cannot read bytes writes the
#: last one
REPLACEMENTS = "?\u00bf\ufffd"
UNCONVERTED = REPLACEMENTS[-1]
_CESU_8 = "UTF8"
#: sets whose bytes order texts as code points do
_IN_ORDER = (None, "AL32UTF8", "US7ASCII", "WE8ISO8859P1")


def widest(charset: str | None) -> int:
    """Bytes of the widest character."""
    if charset == _CESU_8:
        return 6
    return _CODECS[charset][1] if charset in _CODECS else 4


def size(charset: str | None, text: str) -> int:
    """Bytes a text takes; a character the set lacks takes one, as its replacement does in most."""
    if charset in (None, "AL32UTF8"):
        return len(text.encode("utf-8", "surrogatepass"))
    if charset == _CESU_8:
        return len(text.encode("utf-8", "surrogatepass")) + 2 * sum(
            character > "\uffff" for character in text
        )
    return sum(_width(charset, character) for character in text)


def characters(charset: str | None, text: str) -> int:
    """How many characters Oracle counts."""
    return len(text) + (
        sum(character > "\uffff" for character in text) if charset == _CESU_8 else 0
    )


def has(charset: str | None, character: str) -> bool:
    """Whether a set has a character. Of a set that is not known here, only ASCII is sure."""
    return charset in (None, "AL32UTF8", _CESU_8) or _encoded(charset, character) is not None


def hides_broken_bytes(charset: str | None) -> bool:
    """Whether U+FFFD out of a column in this set is none of its characters: bytes that Oracle could
    not convert.
    """
    return not has(charset, UNCONVERTED)


def is_complete(charset: str | None) -> bool:
    """Whether a set has every character."""
    return charset in (None, "AL32UTF8", _CESU_8, "ZHS32GB18030")


def lacking(charset: str | None, text: str) -> str:
    """The characters of a text that the set lacks, each once, in their order."""
    if text.isascii() or is_complete(charset):
        return ""
    return "".join(dict.fromkeys(character for character in text if not has(charset, character)))


def orders_by_code_point(charset: str | None) -> bool:
    """Whether the bytes of texts order them as their code points do."""
    return charset in _IN_ORDER


def orders_as_utf_16(charset: str | None) -> bool:
    """Whether the bytes of texts order them as UTF-16 does, which has those beyond U+FFFF before
    some others.
    """
    return charset == _CESU_8


def _width(charset: str | None, character: str) -> int:
    found = _encoded(charset, character)
    return 1 if found is None else len(found)


@lru_cache(maxsize=20_000)
def _encoded(charset: str | None, character: str) -> bytes | None:
    codec = _CODECS[charset][0] if charset in _CODECS else "ascii"
    try:
        found = character.encode(codec)
    except UnicodeEncodeError:
        return None
    # euc_kr spells the syllables outside KS X 1001 in eight bytes (its annex 3), which Oracle's set
    # does not
    return found if len(found) <= widest(charset) else None
