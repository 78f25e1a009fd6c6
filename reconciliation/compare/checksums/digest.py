"""The digest of some rows, and the SQL that makes it in PostgreSQL and in Oracle.

A row's digest is the MD5 of its texts (of the digests of its texts when there are several), so that
nothing can move between columns, texts or rows unseen. A range's digest is the number of its rows
and the sums of the four 32-bit slices of their digests: sums do not depend on the order in which a
database meets its rows, and are exact in both.

Sources: PostgreSQL documentation, md5, record_send and bit-string casts; Oracle SQL Language
Reference, STANDARD_HASH (12.1), RAWTOHEX, and the format element X of TO_NUMBER.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reconciliation.canonical.values import exact
from reconciliation.compare.streams.statement import Statement
from reconciliation.model import Value

#: hexadecimal digits of one slice: sums of 32-bit numbers stay exact in numeric, NUMBER and int8
#: alike
_SLICE = 8
_SLICES = tuple(range(1, 32, _SLICE))


@dataclass(frozen=True)
class Digest:
    """Rows of one range on one side. No rows are ``Digest()``: neither
    database has a sum for them.
    """

    rows: int = 0
    sums: tuple[int, ...] = (0,) * len(_SLICES)

    def __add__(self, other: Digest) -> Digest:
        return Digest(
            self.rows + other.rows, tuple(a + b for a, b in zip(self.sums, other.sums, strict=True))
        )


@dataclass(frozen=True)
class DigestSql:
    """How one side digests its rows.

    ``row`` gives a row's digest as 32 hexadecimal digits, ``rows`` says which rows; ``counted`` are
    conditions on a row that are counted on the way.
    """

    row: str
    rows: Statement
    oracle: bool = False
    counted: tuple[str, ...] = ()

    def select(self, within: str, belows: Sequence[str]) -> str:
        """One row per range that has rows: its number, its count and sums, and the counts asked
        for.

        ``within`` is a condition that limits the rows ('' for all). ``belows`` are conditions, each
        true for the rows below one bound, in the order of the bounds: range 0 lies below the first,
        the last range below none.
        """
        flags = "".join(f", {test} AS f{number}" for number, test in enumerate(self.counted))
        # evaluated once a row: merged into the query around it, the hash would be worked out for
        # every slice of it
        hint, fence = ("/*+ NO_MERGE */ ", "") if self.oracle else ("", " OFFSET 0")
        digest = self.row if self.oracle else f"('x' || {self.row})::bit(128)"
        columns = f"{hint}{_range_number(belows)} AS b, {digest} AS h{flags}"
        rows = replace(self.rows, columns=columns, order="").where(within).sql + fence
        counts = "".join(
            f", count(*) FILTER (WHERE f{number})" for number in range(len(self.counted))
        )
        sums = ", ".join(self._sum(start) for start in _SLICES)
        return f"SELECT b, count(*), {sums}{counts} FROM ({rows}) r GROUP BY b"

    def _sum(self, start: int) -> str:
        if self.oracle:
            return f"sum(to_number(substr(h, {start}, {_SLICE}), '{'X' * _SLICE}'))"
        return f"sum(substring(h, {4 * start - 3}, {4 * _SLICE})::int8)"


@dataclass(frozen=True)
class CountSql(DigestSql):
    """How one side counts its rows; ``numbers`` are columns of the key that are whole numbers, up
    to four, which are added up on the way. It takes a fraction of what hashing takes.

    Equal counts and sums prove that no key is missing unless others have come into its range, and
    into the same sums: whoever asks what went has to know by other means what came.
    """

    numbers: tuple[str, ...] = ()

    def select(self, within: str, belows: Sequence[str]) -> str:
        """As ``DigestSql.select``."""
        keys = "".join(f", {column} AS k{number}" for number, column in enumerate(self.numbers))
        columns = f"{_range_number(belows)} AS b{keys}"
        rows = replace(self.rows, columns=columns, order="").where(within).sql
        sums = [f"sum(k{number})" for number in range(len(self.numbers))]
        sums += ["0"] * (len(_SLICES) - len(sums))
        return f"SELECT b, count(*), {', '.join(sums)} FROM ({rows}) r GROUP BY b"


def read_digests(
    found: Sequence[Sequence[Value]], ranges: int
) -> list[tuple[Digest, tuple[int, ...]]]:
    """The digests and further counts of all ranges from what ``DigestSql.select`` found; ranges
    without rows as well.

    Raises ValueError for a range nobody asked for.
    """
    rows = [[int(exact(value)) for value in row] for row in found]
    read = {row[0]: row for row in rows}
    if len(read) != len(rows) or not set(read) <= set(range(ranges)):
        raise ValueError(
            f"digests of the ranges {[row[0] for row in rows]} came back for {ranges} ranges"
        )
    last = 2 + len(_SLICES)
    return [
        (Digest(read[number][1], tuple(read[number][2:last])), tuple(read[number][last:]))
        if number in read
        else (Digest(), ())
        for number in range(ranges)
    ]


def _range_number(belows: Sequence[str], first: int = 0) -> str:
    """Halved at every step, so that a row is held against few of the bounds."""
    if not belows:
        return str(first)
    middle = len(belows) // 2
    low = _range_number(belows[:middle], first)
    high = _range_number(belows[middle + 1 :], first + middle + 1)
    return f"CASE WHEN {belows[middle]} THEN {low} ELSE {high} END"


def postgresql_row(texts: Sequence[str]) -> str:
    """The digest of a row's texts; the session's database has to be in UTF-8."""
    if len(texts) == 1:
        return f"md5({texts[0]})"
    return f"md5({' || '.join(f'md5({text})' for text in texts)})"


def postgresql_record(columns: str) -> str:
    """The digest of the bytes COPY would send for these columns, and of their types."""
    return f"md5(record_send(ROW({columns})))"


def oracle_row(texts: Sequence[str]) -> str:
    """The digest of a row's texts; the database's character set has to be UTF-8."""
    if len(texts) == 1:
        return _oracle_md5(texts[0])
    return _oracle_md5(" || ".join(f"lower({_oracle_md5(text)})" for text in texts))


def _oracle_md5(text: str) -> str:
    return f"rawtohex(standard_hash({text}, 'MD5'))"
