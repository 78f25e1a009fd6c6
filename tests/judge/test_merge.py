"""Two ordered streams of rows as bytes: every row without an equal partner is
found, and no other.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.compare.streams.merge import Counts, Found, Mismatch, Unordered, merge
from reconciliation.compare.streams.source import columns_of, first_text, packed


def _row(key: int, value: int) -> bytes:
    return packed([f"{key},{value},"])


def _key(row: bytes) -> tuple[int]:
    return (int(first_text(row).split(",")[0]),)


def _chunks(rows: list[bytes], sizes: list[int]) -> Iterator[list[bytes]]:
    place = 0
    while place < len(rows):
        size = sizes[place % len(sizes)]
        yield rows[place : place + size]
        place += size


def _merged(
    left: list[bytes], right: list[bytes], sizes: list[int]
) -> tuple[list[Mismatch], Counts]:
    counts = Counts()
    return list(
        merge(_chunks(left, sizes), _chunks(right, sizes[::-1]), _key, _key, counts)
    ), counts


tables = st.dictionaries(st.integers(0, 300), st.integers(0, 2), max_size=200)


@given(tables, tables, st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_every_difference_is_found_and_no_other(
    left: dict[int, int], right: dict[int, int], sizes: list[int]
) -> None:
    found, counts = _merged(
        [_row(*item) for item in sorted(left.items())],
        [_row(*item) for item in sorted(right.items())],
        sizes,
    )
    expected = dict.fromkeys(left.keys() - right.keys(), Found.MISSING)
    expected |= dict.fromkeys(right.keys() - left.keys(), Found.EXTRA)
    expected |= {key: Found.UNLIKE for key in left.keys() & right.keys() if left[key] != right[key]}
    assert [item.key for item in found] == [(key,) for key in sorted(expected)]
    assert {item.key[0]: item.found for item in found} == expected
    assert (counts.source, counts.target) == (len(left), len(right))
    assert counts.equal == len(left.items() & right.items())


@pytest.mark.parametrize("changed", [0, 1, 63, 64, 4_999, 5_000, 19_999])
def test_one_changed_row_in_many_is_found_wherever_it_stands(changed: int) -> None:
    left = [_row(key, 0) for key in range(20_000)]
    right = list(left)
    right[changed] = _row(changed, 1)
    found, counts = _merged(left, right, [5_000])
    assert [(item.found, item.key) for item in found] == [(Found.UNLIKE, (changed,))]
    assert (found[0].source, found[0].target) == (left[changed], right[changed])
    assert counts.equal == 19_999


def test_a_key_that_repeats_on_one_side_is_no_extra_row() -> None:
    once = [_row(key, 0) for key in range(10)]
    with pytest.raises(Unordered, match=r"the key \(4,\) stands twice in Oracle"):
        _merged(once, [*once[:5], *once[4:]], [3])


def test_keys_in_another_order_are_no_differences() -> None:
    once = [_row(key, 0) for key in range(10)]
    with pytest.raises(Unordered, match=r"the key \(\d,\) comes after \(\d,\) in Oracle"):
        _merged(once, [*once[:3], once[5], once[3], once[4], *once[6:]], [100])


@given(st.lists(st.text(max_size=50), min_size=1, max_size=4))
def test_texts_survive_as_bytes(texts: list[str]) -> None:
    assert columns_of(packed(texts)) == [text.encode() for text in texts]
