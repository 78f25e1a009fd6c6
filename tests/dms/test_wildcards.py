"""The wildcards of object locators, against a matcher that works another way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.dms.ground.catalogue import SourceTable
from lab.dms.mapping import parse_table_mappings, resolve
from lab.dms.mapping.wildcards import matches, without_escapes
from tests.dms.mapped import selection
from tests.dms.worlds import spec, spec_content

LETTERS = "abcz_%#^-[.*\\"
#: the text of one element of a pattern, and the characters it takes; None for any number of any
literals = st.sampled_from("abcz#^-.*\\").map(lambda letter: (letter, letter))
ranges = st.tuples(st.sampled_from("abcz"), st.sampled_from("abcz")).map(
    lambda ends: (f"[{ends[0]}-{ends[1]}]", "".join(c for c in LETTERS if ends[0] <= c <= ends[1]))
)
sets = st.sets(st.sampled_from("abcz_%#^."), min_size=1).map(
    lambda found: ("[" + "".join(found) + "]", "".join(found))
)
wild = st.sampled_from([("_", LETTERS), ("%", None), ("[_]", "_"), ("[%]", "%")])
patterns = st.lists(st.one_of(literals, wild, sets, ranges), max_size=6)


def takes(elements: list[tuple[str, str | None]], name: str) -> bool:
    """Whether the elements take the whole name, element by element, without a
    regular expression.
    """
    if not elements:
        return not name
    (_, characters), *rest = elements
    if characters is None:
        return any(takes(rest, name[start:]) for start in range(len(name) + 1))
    return bool(name) and name[0] in characters and takes(rest, name[1:])


@given(patterns, st.text(LETTERS, max_size=6))
def test_wildcards_take_what_their_elements_take(
    elements: list[tuple[str, str | None]], name: str
) -> None:
    assert matches("".join(text for text, _ in elements), name) is takes(elements, name)


@given(
    st.lists(st.sampled_from(["%", "_", "#%", "#_", "##", "a", "b"]), max_size=5),
    st.text("ab%_#", max_size=5),
)
def test_escaped_characters_stand_for_themselves(parts: list[str], name: str) -> None:
    any_of = {"%": None, "_": "ab%_#"}
    elements = [(part, any_of[part] if part in any_of else part[-1]) for part in parts]
    assert matches(without_escapes("".join(parts), "#"), name) is takes(elements, name)


@pytest.mark.parametrize("pattern", ["[z-a]", "[", "[]", "a[", "[a-"])
def test_a_malformed_set_matches_nothing_else(pattern: str) -> None:
    assert not matches(pattern, "b")


def test_the_target_endpoint_names_the_escape_character() -> None:
    tables = [SourceTable("s", name, ()) for name in ("TEST_TAB", "TESTXTAB")]
    chosen = selection()
    chosen["object-locator"] = {"schema-name": "s", "table-name": "TEST#_T%"}

    def selected(**attributes: str) -> list[str]:
        target = spec_content()["target"] | {"attributes": attributes}
        mappings = spec(table_mappings={"rules": [chosen]}, target=target).mappings
        return [found.source.name for found in resolve(mappings, tables)]

    assert selected(escapeCharacter="#") == ["TEST_TAB"]
    assert selected() == []


def test_exact_names_have_no_escape_character() -> None:
    chosen = selection(action="explicit")
    chosen["object-locator"] = {"schema-name": "s", "table-name": "A#B"}
    mappings = parse_table_mappings({"rules": [chosen]}).without_escapes("#")
    assert len(resolve(mappings, [SourceTable("s", "A#B", ())])) == 1
