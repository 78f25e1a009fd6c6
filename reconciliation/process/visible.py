"""Names, values and messages of others for a terminal: what it would obey, or not show, is shown as
an escape.
"""

from __future__ import annotations

import unicodedata

#: control characters, formats (writing direction, zero width), lone surrogates, line and paragraph
#: separators
_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    """One line: ESC is ``\\x1b``, a line feed ``\\n``. Everything a terminal
    prints stays as it is.
    """
    if text.isprintable():
        return text
    return "".join(
        _escaped(sign) if unicodedata.category(sign) in _OBEYED else sign for sign in text
    )


def visible_lines(text: str) -> str:
    """The same for a text of several lines, which stay lines; a tabulator stays as well."""
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in text.split("\n"))


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
