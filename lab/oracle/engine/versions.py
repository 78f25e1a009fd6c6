"""The Oracle version that is presented, and what a version older than 19c does not know yet."""

from __future__ import annotations

from lab.oracle.engine.lexer import Lexeme, Token
from lab.oracle.interface import OracleError

Version = tuple[int, int, int, int, int]

#: what users write -> the version it stands for
RELEASES = {
    "11.2": "11.2.0.2.0",
    "12.1": "12.1.0.2.0",
    "12.2": "12.2.0.1.0",
    "18": "18.0.0.0.0",
    "19": "19.0.0.0.0",
    "21": "21.0.0.0.0",
}
DEFAULT_VERSION = RELEASES["19"]


def read_version(text: str) -> Version:
    """A release (11.2, 12.1, 12.2, 18c, 19c, 21c) or its whole version. Raises ValueError for
    anything else.
    """
    release = text.strip().lower().removesuffix("c")
    parts = RELEASES.get(release, release).split(".")
    known = any(".".join(parts).startswith(f"{name}.") for name in RELEASES)
    if not known or len(parts) > 5 or not all(part.isdigit() and int(part) < 256 for part in parts):
        raise ValueError(
            f"{text!r} is no version this server presents: 11.2, 12.1, 12.2, 18c, 19c, 21c"
        )
    numbers = [int(part) for part in parts] + [0] * (5 - len(parts))
    return numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]


def longest_name(version: Version) -> int:
    """Bytes an identifier may have."""
    return 30 if version[:2] < (12, 2) else 128


def check_version(tokens: tuple[Token, ...], version: Version) -> None:
    """Raises what the version raises for a statement with a name too long or a construct it does
    not know.
    """
    longest = longest_name(version)
    for token in tokens:
        if token.kind in (Lexeme.WORD, Lexeme.QUOTED) and len(token.name.encode()) > longest:
            raise OracleError(972, "identifier is too long", token.start)
    if version[:2] < (12, 1):
        _check_before_12(tokens)


def _check_before_12(tokens: tuple[Token, ...]) -> None:
    words = [token.word or token.text for token in tokens]
    for at, token in enumerate(tokens):
        rest = words[at : at + 6]
        if rest[:1] == ["GENERATED"] and words[0] in ("CREATE", "ALTER"):
            _check_generated(tokens, words, at)
        elif rest[:2] in (["FETCH", "FIRST"], ["FETCH", "NEXT"]) or _is_offset(rest):
            raise OracleError(933, "SQL command not properly ended", token.start)
        elif rest[:2] == ["STANDARD_HASH", "("]:
            raise OracleError(904, '"STANDARD_HASH": invalid identifier', token.start)
        elif rest[:3] == ["DEFAULT", "ON", "NULL"] and words[0] in ("CREATE", "ALTER"):
            raise OracleError(936, "missing expression", tokens[at + 1].start)
        elif (
            rest[:1] == ["READ"]
            and words[0] in ("GRANT", "REVOKE")
            and words[at - 1] in (words[0], ",")
        ):
            raise OracleError(990, "missing or invalid privilege", token.start)
        elif (
            rest[:1] == ["DEFAULT"]
            and "NEXTVAL" in (rest[3:4] + rest[5:6])
            and words[0] in ("CREATE", "ALTER")
        ):
            raise OracleError(984, "column not allowed here", tokens[at + 1].start)


def _is_offset(rest: list[str]) -> bool:
    """OFFSET n ROWS, with a number or a bind."""
    return rest[:1] == ["OFFSET"] and any(word in ("ROW", "ROWS") for word in rest[2:3])


def _check_generated(tokens: tuple[Token, ...], words: list[str], at: int) -> None:
    """Before identity columns GENERATED introduced a virtual column: GENERATED ALWAYS AS
    (expression).
    """
    if words[at + 1 : at + 2] != ["ALWAYS"]:
        raise OracleError(2000, "missing ALWAYS keyword", tokens[at].end + 1)
    if words[at + 2 : at + 4] == ["AS", "IDENTITY"]:
        raise OracleError(2000, "missing ( keyword", tokens[at + 3].start)
