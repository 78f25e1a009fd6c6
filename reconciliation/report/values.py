"""Two differing values for people: what nobody can see is made visible, and where they part is
marked.

Blanks that could be overlooked are drawn as an open box, line ends and tabs as arrows, other
invisible or combining characters as their escapes; nothing else than such a character is ever drawn
like it. Text from right to left stays in the order of its code points, so that a mark cannot land
on another place than the difference.
"""

from __future__ import annotations

from markupsafe import Markup

from reconciliation.describe import cannot_be_seen, show
from reconciliation.differences.causes import is_number
from reconciliation.model import Value

#: characters of a text shown whole; of a longer one the stretch where it differs, with LEAD
#: characters around it
WHOLE, LEAD, STRETCH = 120, 24, 160
_DRAWN = {" ": "\u2423", "\n": "\u23ce", "\t": "\u21e5", "\r": "\u240d", "\u00a0": "\u237d"}
#: characters that stand for others above are escaped when they are meant themselves
_TAKEN = frozenset(_DRAWN.values())


def pair(left: Value, right: Value) -> tuple[Markup, Markup]:
    """Both values as HTML, the differing part of each in a <mark>; texts in quotes, anything else
    without.
    """
    if left is None or right is None:
        return _plain(left), _plain(right)
    if isinstance(left, str) and isinstance(right, str):
        before, after = _common(left, right)
        return _text(left, before, after, right), _text(right, before, after, left)
    if type(left) is not type(right) and not (is_number(left) and is_number(right)):
        return _plain(left), _plain(right)
    one, two = show(left), show(right)
    before, after = _common(one, two)
    return _marked(one, before, len(one) - after), _marked(two, before, len(two) - after)


def single(value: Value) -> Markup:
    """One value as HTML, nothing marked."""
    return _plain(value)


def _plain(value: Value) -> Markup:
    if value is None:
        return Markup('<span class="null">NULL</span>')
    return (
        _text(value, 0, len(value), None) if isinstance(value, str) else Markup.escape(show(value))
    )


def _common(left: str, right: str) -> tuple[int, int]:
    """How many characters both begin and both end with; the two never overlap."""
    limit = min(len(left), len(right))
    before = next((place for place in range(limit) if left[place] != right[place]), limit)
    rest = limit - before
    after = next((place for place in range(rest) if left[-1 - place] != right[-1 - place]), rest)
    return before, after


def _marked(text: str, start: int, end: int) -> Markup:
    if start >= end:
        return Markup.escape(text)
    return Markup("{}<mark>{}</mark>{}").format(text[:start], text[start:end], text[end:])


def _text(text: str, before: int, after: int, other: str | None) -> Markup:
    """``before`` and ``after`` are the characters it has in common with the other text at its start
    and its end.
    """
    start, end = before, len(text) - after
    first, last = _window(text, other, start, end)
    marks: list[tuple[int, Markup]] = []
    if other is not None and start < end:
        marks = [(start, Markup("<mark>")), (min(end, last), Markup("</mark>"))]
    elif other is not None and len(other) > len(text):
        marks = [
            (start, Markup('<mark class="gap" title="here the other text has more">\u2038</mark>'))
        ]
    drawn: list[Markup] = []
    for place in range(first, last + 1):
        drawn += [tag for at, tag in marks if at == place]
        drawn += [_drawn(text, place)] if place < last else []
    head = Markup('<span class="cut">{} more </span>').format(f"{first:,}") if first else Markup("")
    rest = len(text) - last
    tail = Markup('<span class="cut"> {} more</span>').format(f"{rest:,}") if rest else Markup("")
    return Markup("{}<bdi>'{}'</bdi>{}{}").format(
        head, Markup("").join(drawn), tail, _size(text, other)
    )


def _window(text: str, other: str | None, start: int, end: int) -> tuple[int, int]:
    """The stretch of a text that is shown: all of two short ones, otherwise around the part that
    differs.

    Both begin at the same place, so that they can be compared by eye.
    """
    if max(len(text), len(other or "")) <= WHOLE:
        return 0, len(text)
    first = start - LEAD if start > 2 * LEAD and other is not None else 0
    return first, min(len(text), max(min(end, start + STRETCH) + LEAD, first + WHOLE))


def _size(text: str, other: str | None) -> Markup:
    """How long a text is, where that matters: when the other one is not as long, or it is not shown
    whole.
    """
    if other is None and len(text) <= WHOLE:
        return Markup("")
    if (
        other is not None
        and len(text) == len(other)
        and _bytes(text) == _bytes(other)
        and len(text) <= WHOLE
    ):
        return Markup("")
    words = f"{len(text):,} character" + ("" if len(text) == 1 else "s")
    words += "" if text.isascii() else f", {_bytes(text):,} bytes"
    return Markup(' <span class="size">{}</span>').format(words)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _drawn(text: str, place: int) -> Markup:
    character = text[place]
    if character == " " and not _can_be_overlooked(text, place):
        return Markup(" ")
    if character in _DRAWN:
        return Markup('<span class="ws">{}</span>').format(_DRAWN[character])
    if character in _TAKEN or cannot_be_seen(character):
        return Markup('<span class="esc">{}</span>').format(
            character.encode("unicode_escape").decode("ascii")
        )
    return Markup.escape("\\" + character if character in "'\\" else character)


def _can_be_overlooked(text: str, place: int) -> bool:
    """Whether a blank stands at either end or beside another blank or line end."""
    around = text[place - 1] if place else "\n", text[place + 1] if place + 1 < len(text) else "\n"
    return any(one.isspace() for one in around)
