"""What a row of the audit table says: which statement, of which table, in the text a client had
sent.

The event trigger writes down the whole query of the client. In a script of several statements each
of them is one row with the same text, and a statement inside a function shows the call of the
function: it cannot be recognised, and is not captured (AWS DMS user guide, PostgreSQL source,
limitations).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from lab.dms.ground.changes import Ddl

#: a DDL script has at most so many statements, and lines (AWS DMS user guide, same place)
SCRIPT_LIMIT = 8192
_SKIPPED = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)"
_NAME = r'(?:"(?:[^"]|"")+"|[^\s\s."(;,]+)'
_STATEMENT = re.compile(
    rf"{_SKIPPED}*(?P<verb>CREATE|ALTER|DROP)\s+(?:UNLOGGED\s+)?(?P<foreign>FOREIGN\s+)?TABLE\s+"
    rf"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?:ONLY\s+)?(?P<name>{_NAME}(?:\s*\.\s*{_NAME})?).*",
    re.IGNORECASE | re.DOTALL,
)
#: a quoted text or name, a dollar-quoted text, a comment, the end of a statement, or anything else
_PIECE = re.compile(
    r"""'(?:[^']++|'')*+'|"(?:[^"]++|"")*+"|(\$\w*\$).*?\1|--[^\n]*|/\*.*?\*/|(?P<end>;)|[^'"$;/-]++|.""",
    re.DOTALL,
)


def captured_ddl(tag: str, query: str, schema: str, occurrence: int, before: int) -> Ddl | None:
    """The statement behind the row number ``occurrence`` (from 0) with this tag and query in its
    transaction.

    ``schema`` is the one names without a schema mean. None for what is not captured.
    """
    found = _found(tag, query)
    if occurrence >= len(found):
        return None
    match = found[occurrence]
    *qualified, name = [_folded(part) for part in re.findall(_NAME, match["name"])]
    return Ddl(qualified[0] if qualified else schema, name, tag, match[0].strip(), before)


@lru_cache(maxsize=8)  # a script of many statements comes with each of its rows
def _found(tag: str, query: str) -> tuple[re.Match[str], ...]:
    """The statements of a script that a row with this tag can mean, as far as a script is read."""
    lines = islice(re.finditer(r"[^\n]*(?:\n|$)", query), SCRIPT_LIMIT)
    within = "".join(line[0] for line in lines)
    matches = (_recognised(text, tag) for text in islice(statements(within), SCRIPT_LIMIT))
    return tuple(match for match in matches if match is not None)


def statements(query: str) -> Iterator[str]:
    """The statements of a script, without their semicolons."""
    start = 0
    for piece in _PIECE.finditer(query):
        if piece["end"]:
            yield query[start : piece.start()]
            start = piece.end()
    yield query[start:]


def _recognised(text: str, tag: str) -> re.Match[str] | None:
    match = _STATEMENT.fullmatch(text)
    if match is None or match["foreign"] or not tag.upper().startswith(match["verb"].upper()):
        return None
    return match


def _folded(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
