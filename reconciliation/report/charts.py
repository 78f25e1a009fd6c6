"""Charts as inline SVG that scale with the page: the drawing carries no text, labels stand beside
it in HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

#: a share that exists must be seen, however small it is (in percent of the width)
SMALLEST_SHARE = 1.5


@dataclass(frozen=True)
class Part:
    """One part of a bar: a CSS class that gives the colour, a count, and the word for it."""

    css: str
    count: float
    word: str


@dataclass(frozen=True)
class Column:
    """One upright bar of a trend. ``unknown``: it was to be measured and was not; ``zero``:
    measured, and nothing.
    """

    parts: Sequence[Part]
    title: str
    unknown: bool = False
    zero: bool = False


def bar(parts: Sequence[Part], whole: int | None = None) -> Markup:
    """A horizontal stacked bar; ``whole`` is the count that fills the width (default: the sum)."""
    total = whole or sum(part.count for part in parts)
    shown = [part for part in parts if part.count]
    widths = shares([part.count for part in shown], total)
    pieces, x = [], 0.0
    for part, width in zip(shown, widths, strict=True):
        title = Markup("<title>{}</title>").format(f"{part.count:,} {part.word}")
        pieces.append(
            Markup('<rect class="{}" x="{}" width="{}" y="0" height="10">{}</rect>').format(
                part.css, f"{x:.2f}", f"{width:.2f}", title
            )
        )
        x += width
    words = ", ".join(f"{part.count:,} {part.word}" for part in shown) or "nothing"
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" '
        'aria-label="{}">'
        '<rect class="empty" x="0" y="0" width="100" height="10"/>{}</svg>'
    ).format(words, Markup("").join(pieces))


def shares(counts: Sequence[float], total: float) -> list[float]:
    """Percentages of the width; small ones are raised to be visible, and the others give way."""
    if not total:
        return [0.0 for _ in counts]
    raised = [max(SMALLEST_SHARE, 100 * count / total) for count in counts]
    limit = max(100 * sum(counts) / total, 0.0)
    surplus = sum(raised) - max(limit, SMALLEST_SHARE * len(counts))
    giving = sum(width for width in raised if width > SMALLEST_SHARE)
    return [
        width - surplus * width / giving if width > SMALLEST_SHARE and giving else width
        for width in raised
    ]


def lag_chart(seconds: Sequence[float], arrived: Sequence[bool], agreed: float | None) -> Markup:
    """One column per measurement in the order of time, and a line at the agreed lag."""
    top = lag_top(seconds, agreed)
    step = 100 / max(len(seconds), 12)
    columns = []
    for number, (value, there) in enumerate(zip(seconds, arrived, strict=True)):
        height = max(0.8, 60 * value / top)
        late = not there or (agreed is not None and value > agreed)
        title = Markup("<title>{}</title>").format(
            f"{value:.3f} s" + ("" if there else ", not arrived")
        )
        columns.append(
            Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}">{}</rect>').format(
                "bad" if late else "good",
                f"{number * step + step * 0.15:.2f}",
                f"{60 - height:.2f}",
                f"{step * 0.7:.2f}",
                f"{height:.2f}",
                title,
            )
        )
    y = None if agreed is None else f"{60 - 60 * agreed / top:.2f}"
    line = (
        Markup('<line class="agreed" x1="0" x2="100" y1="{0}" y2="{0}"/>').format(y)
        if y
        else Markup("")
    )
    words = f"{len(seconds)} lag measurements, the longest {max(seconds, default=0):.3f} seconds"
    return Markup(
        '<svg class="lag" viewBox="0 0 100 60" preserveAspectRatio="none" role="img" '
        'aria-label="{}">'
        '<line class="axis" x1="0" x2="100" y1="60" y2="60"/>{}{}</svg>'
    ).format(words, Markup("").join(columns), line)


def lag_top(seconds: Sequence[float], agreed: float | None) -> float:
    """The value at the top of the lag chart: a little above everything that is drawn."""
    return 1.1 * max([*seconds, agreed or 0.0, 0.001])


#: a trend has room for this many columns before they get narrower
_ROOM, _HEIGHT = 20, 40


def columns(bars: Sequence[Column], most: float, words: str, line: float | None = None) -> Markup:
    """Upright stacked bars in the order of time, the tallest ``most``; a
    dashed line at ``line``.
    """
    step = 100 / max(len(bars), _ROOM)
    pieces = []
    for number, column in enumerate(bars):
        x = number * step + step * 0.12
        pieces.append(
            Markup("<g><title>{}</title>{}</g>").format(
                column.title, _stack(column, x, step * 0.76, most)
            )
        )
    if line is not None and most:
        y = f"{_HEIGHT - _HEIGHT * line / most:.2f}"
        pieces.append(Markup('<line class="agreed" x1="0" x2="100" y1="{0}" y2="{0}"/>').format(y))
    return Markup(
        '<svg class="trend" viewBox="0 0 100 {0}" preserveAspectRatio="none" role="img" '
        'aria-label="{1}">'
        '<line class="axis" x1="0" x2="100" y1="{0}" y2="{0}"/>{2}</svg>'
    ).format(_HEIGHT, words, Markup("").join(pieces))


def _stack(column: Column, x: float, width: float, most: float) -> Markup:
    rect = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>')

    def block(css: str, y: float, height: float) -> Markup:
        return rect.format(css, f"{x:.2f}", f"{y:.2f}", f"{width:.2f}", f"{height:.2f}")

    if column.unknown:
        return block("unknown", 0, _HEIGHT)
    if column.zero:
        return block("good", _HEIGHT - 1.5, 1.5)
    pieces, y = [], float(_HEIGHT)
    for part in column.parts:
        if part.count and most:
            height = max(1.5, _HEIGHT * part.count / most)
            y -= height
            pieces.append(block(part.css, max(0.0, y), height))
    return Markup("").join(pieces)
