"""What the differences of one group have in common, in words: by how much, to what length, to which
digit.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from reconciliation.canonical.charsets import REPLACEMENTS
from reconciliation.differences.causes import UNITS, WORDS, mistaken_for
from reconciliation.model import Difference, DifferenceGroup

#: amounts named where the differences of one group have several
NAMED = 3
#: the two values of each difference that is one of texts
Texts = Sequence[tuple[str, str]]
_LENGTH = re.compile(r"\((\d+)( BYTE)?\)$")
_PARTS = (
    (dt.timedelta(days=1), "day"),
    (dt.timedelta(hours=1), "h"),
    (dt.timedelta(minutes=1), "min"),
    (dt.timedelta(seconds=1), "s"),
    (dt.timedelta(milliseconds=1), "ms"),
)


def detail(items: Sequence[Difference]) -> str:
    """For example "by +9 h", "to 255 bytes", "to 2 decimals"; '' when there is nothing to add to
    the cause.
    """
    cause = items[0].cause or ""
    if cause in _DETAILS_OF_TEXTS:
        texts = _texts(items)
        return _DETAILS_OF_TEXTS[cause](texts) if len(texts) == len(items) else ""
    words = _DETAILS.get(cause)
    return words(items) if words else ""


def _texts(items: Sequence[Difference]) -> Texts:
    return [
        (item.source_value, item.target_value)
        for item in items
        if isinstance(item.source_value, str) and isinstance(item.target_value, str)
    ]


def in_words(group: DifferenceGroup) -> str:
    """The cause of a group and its detail: "shifted by +9 h", "trailing blanks: 2 more"; '' for
    whole rows.
    """
    cause = WORDS.get(group.cause or "", group.cause or "")
    between = " " if group.detail.startswith(("by ", "to ")) else ": "
    return cause + between + group.detail if group.detail else cause


def amount_in_words(amount: dt.timedelta | Fraction) -> str:
    """``+9 h``, ``-1 day``, ``+0.5``."""
    if isinstance(amount, dt.timedelta):
        return _duration(amount)
    sign = "+" if amount > 0 else "-"
    return sign + _decimal(abs(amount))


def _duration(amount: dt.timedelta) -> str:
    sign, rest, parts = "-" if amount < dt.timedelta(0) else "+", abs(amount), []
    for unit, word in _PARTS:
        count, rest = divmod(rest, unit)
        if count:
            parts.append(f"{count} {word}{'s' if word == 'day' and count > 1 else ''}")
    if rest:
        parts.append(f"{rest.microseconds} µs")
    return sign + " ".join(parts)


def _decimal(value: Fraction) -> str:
    """Exact when it has an end, as a fraction otherwise."""
    for digits in range(40):
        if (value * 10**digits).denominator == 1:
            text = str(int(value * 10**digits)).rjust(digits + 1, "0")
            return f"{text[:-digits]}.{text[-digits:]}" if digits else text
    return f"{value.numerator}/{value.denominator}"


def _shifted(items: Sequence[Difference]) -> str:
    counts = Counter(
        item.amount for item in items if isinstance(item.amount, (dt.timedelta, Fraction))
    ).most_common()
    if len(counts) == 1:
        return f"by {amount_in_words(counts[0][0])}"
    named = [f"by {amount_in_words(amount)} ({count})" for amount, count in counts[:NAMED]]
    return ", ".join(named) + (
        f" and {len(counts) - NAMED} other amounts" if len(counts) > NAMED else ""
    )


def _scaled(items: Sequence[Difference]) -> str:
    factors = {item.amount for item in items}
    if len(factors) != 1:
        return ""
    (factor,) = factors
    if not isinstance(factor, Fraction):
        return ""
    if abs(factor) < 1 and (1 / factor).denominator == 1:
        return (
            f"by 1/{_decimal(abs(1 / factor))}"
            if factor > 0
            else f"by -1/{_decimal(abs(1 / factor))}"
        )
    return f"by {'-' if factor < 0 else ''}{_decimal(abs(factor))}"


def _rounding(items: Sequence[Difference]) -> str:
    units = {item.amount for item in items if isinstance(item.amount, str)}
    if units:
        finest = [name for name, _ in UNITS if name in units][-1]
        return f"to {finest}"
    powers = {item.amount for item in items if isinstance(item.amount, int)}
    if not powers:
        return ""
    kept = min(powers)
    if kept > 0:
        return f"to whole {10**kept:,}s" if kept < 7 else ""
    return f"to {-kept} decimal{'' if kept == -1 else 's'}" if kept else "to whole numbers"


def _truncated(items: Sequence[Difference]) -> str:
    pairs = _texts(items)
    if len(pairs) < len(items):
        ends = [item.target_value for item in items]
        lengths = {len(end) for end in ends if isinstance(end, (str, bytes, memoryview))}
        return f"to {lengths.pop()} bytes" if len(lengths) == 1 else ""
    if not all(left.startswith(right) and left != right for left, right in pairs):
        return ""  # as stored they are padded
    shortest = max(_size(right) for _, right in pairs)
    longest = min(_size(right) + _size(left[len(right)]) for left, right in pairs) - 1
    declared = _LENGTH.search(items[0].target_type or "")
    if declared and declared[2] and shortest <= int(declared[1]) <= longest:
        return f"to {declared[1]} bytes"
    characters = Counter(len(right) for _, right in pairs).most_common()
    if len(characters) == 1:
        return f"to {characters[0][0]} characters"
    if shortest <= longest:
        return (
            f"to {shortest} bytes" if shortest == longest else f"to {shortest} to {longest} bytes"
        )
    if len(characters) <= NAMED:
        return ", ".join(f"to {length} characters ({count})" for length, count in characters)
    return f"to {min(characters)[0]} to {max(characters)[0]} characters"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _padding(pairs: Texts) -> str:
    if any(left.rstrip(" ") != right.rstrip(" ") for left, right in pairs):
        return ""
    more = {len(right) - len(left) for left, right in pairs}
    if len(more) == 1:
        (count,) = more
        return f"{abs(count)} {'more' if count > 0 else 'fewer'}"
    if all(count < 0 for count in more):
        return "cut off" if all(not right.endswith(" ") for _, right in pairs) else "fewer"
    lengths = {len(right) for _, right in pairs}
    if len(lengths) == 1:
        return f"padded to {lengths.pop()} characters"
    return "more" if all(count > 0 for count in more) else ""


def _whitespace(pairs: Texts) -> str:
    alike: Mapping[str, Callable[[str], str]] = {
        "line ends": lambda text: text.replace("\r\n", "\n").replace("\r", "\n"),
        "at the start": str.lstrip,
        "at the end": str.rstrip,
        "at both ends": str.strip,
    }
    return next(
        (
            words
            for words, of in alike.items()
            if all(of(left) == of(right) for left, right in pairs)
        ),
        "",
    )


def _case(pairs: Texts) -> str:
    if all(right == left.upper() for left, right in pairs):
        return "all upper case"
    return "all lower case" if all(right == left.lower() for left, right in pairs) else ""


def _mojibake(pairs: Texts) -> str:
    names = {mistaken_for(left, right) for left, right in pairs}
    return ", ".join(sorted(filter(None, names)))


def _characters_lost(pairs: Texts) -> str:
    parts = []
    if all(_lost_are_supplementary(left, right) for left, right in pairs):
        parts.append("those beyond U+FFFF, such as emoji")
    marks = {mark for _, right in pairs for mark in REPLACEMENTS if mark in right}
    parts.append(
        f"{' or '.join(repr(mark) for mark in sorted(marks))} in their place"
        if marks
        else "left out"
    )
    return ", ".join(parts)


def _lost_are_supplementary(source: str, target: str) -> bool:
    lost = Counter(character for character in source if not character.isascii()) - Counter(target)
    return all(character > "\uffff" for character in lost)


_DETAILS: Mapping[str, Callable[[Sequence[Difference]], str]] = {
    "shifted": _shifted,
    "scaled": _scaled,
    "rounding": _rounding,
    "truncated": _truncated,
}
_DETAILS_OF_TEXTS: Mapping[str, Callable[[Texts], str]] = {
    "padding": _padding,
    "whitespace": _whitespace,
    "case": _case,
    "mojibake": _mojibake,
    "characters_lost": _characters_lost,
}
