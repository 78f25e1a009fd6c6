"""No two modules need each other: neither when they are loaded, nor in a function, nor for a type
hint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import grimp
import pytest


def rings(arrows: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The groups of two and more nodes that reach each other, each sorted."""
    backwards: dict[str, set[str]] = {}
    for importer, imported in arrows.items():
        for name in imported:
            backwards.setdefault(name, set()).add(importer)
    found, told = [], set()
    for node in sorted(arrows):
        if node not in told:
            ring = _reached(node, arrows) & _reached(node, backwards)
            told |= ring
            found += [sorted(ring)] if len(ring) > 1 else []
    return found


def _reached(start: str, arrows: Mapping[str, Iterable[str]]) -> set[str]:
    reached, waiting = set(), [start]
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting.extend(arrows.get(node, ()))
    return reached


@pytest.mark.parametrize("room", ["reconciliation", "fixtures", "steps", "lab"])
def test_no_modules_need_each_other(room: str) -> None:
    graph = grimp.build_graph(room, exclude_type_checking_imports=False, cache_dir=None)
    arrows = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert any(arrows.values())
    assert rings(arrows) == []


@pytest.mark.parametrize(
    ("arrows", "expected"),
    [
        ({}, []),
        ({"a": ["b"], "b": ["c"], "c": []}, []),
        ({"a": ["b"], "b": ["a"]}, [["a", "b"]]),
        ({"a": ["b"], "b": ["c"], "c": ["b", "d"], "d": []}, [["b", "c"]]),
        ({"a": ["b", "c"], "b": ["a"], "c": ["d"], "d": ["c"]}, [["a", "b"], ["c", "d"]]),
    ],
)
def test_a_ring_is_told(arrows: Mapping[str, Iterable[str]], expected: list[list[str]]) -> None:
    assert rings(arrows) == expected
