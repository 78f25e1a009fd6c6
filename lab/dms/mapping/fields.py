"""Reading the fields of one rule, with the words the API refuses them in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, overload

from lab.dms.mapping.rules import DataType, Locator
from lab.dms.mapping.wildcards import has_wildcard

Rule = Mapping[str, Any]
DATA_TYPES = (
    *(
        "bytes",
        "date",
        "time",
        "datetime",
        "int1",
        "int2",
        "int4",
        "int8",
        "numeric",
        "real4",
        "real8",
        "string",
    ),
    *(
        "uint1",
        "uint2",
        "uint4",
        "uint8",
        "wstring",
        "blob",
        "nclob",
        "clob",
        "boolean",
        "set",
        "list",
        "map",
        "tuple",
    ),
)
_LOCATOR = (
    "schema-name",
    "table-name",
    "column-name",
    "data-type",
    "table-tablespace-name",
    "index-tablespace-name",
)


class MappingInvalid(Exception):  # noqa: N818 - the name says what is wrong, as the API's error does
    """The document is refused; the text is the API's message."""


def refused(rule: Rule, reason: str) -> MappingInvalid:
    return MappingInvalid(
        f"Error in mapping rules. Rule with ruleId = {rule.get('rule-id')} failed validation. "
        f"{reason}"
    )


def rule_id(rule: Rule) -> int:
    """The id, which may be a number or a text of digits."""
    value = rule.get("rule-id")
    if isinstance(value, bool) or not str(value).isascii() or not str(value).isdigit():
        raise refused(rule, "rule id must be a number")
    return int(str(value))


@overload
def text(rule: Rule, key: str, *, required: Literal[True] = True) -> str: ...


@overload
def text(rule: Rule, key: str, *, required: Literal[False]) -> str | None: ...


def text(rule: Rule, key: str, *, required: bool = True) -> str | None:
    """A field that is a text; null counts as absent."""
    value = rule.get(key)
    if value is None and not required:
        return None
    if not isinstance(value, str) or (required and not value):
        raise refused(rule, f"{key.replace('-', ' ')} cannot be null")
    return value


def one_of(rule: Rule, key: str, given: Any, known: Collection[str]) -> str:
    """``given`` when it is one of the words known for ``key``."""
    if given not in known:
        raise refused(rule, f"{key} '{given}' is not supported")
    return given


def part(rule: Rule, key: str) -> Mapping[str, Any]:
    """A field that is an object; empty when it is absent or null."""
    value = rule.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise refused(rule, f"{key.replace('-', ' ')} must be an object")
    return value


def items(rule: Rule, given: Mapping[str, Any], key: str) -> list[Any]:
    """A field that is an array; empty when it is absent or null."""
    value = given.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise refused(rule, f"{key.replace('-', ' ')} must be an array")
    return value


def number(rule: Rule, given: Mapping[str, Any], key: str, where: str) -> int | None:
    """A whole number, as such or as a text; None when it is absent, null or an empty text."""
    value = given.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not str(value).isascii() or not str(value).isdigit():
        raise refused(rule, f"{key} in {where} must be a number")
    return int(value)


def locator(rule: Rule, *, table: bool) -> Locator:
    """The object locator; ``table`` says whether it must name tables."""
    names = locator_names(rule)
    if not names["schema-name"]:
        raise refused(rule, "schema name in object locator cannot be null")
    if table and not names["table-name"]:
        raise refused(rule, "table name in object locator cannot be null")
    if names["table-tablespace-name"] and names["index-tablespace-name"]:
        raise refused(
            rule,
            "table-tablespace-name and index-tablespace-name in object locator cannot be used in "
            "one rule",
        )
    return Locator(
        names["schema-name"],
        names["table-name"] or "%",
        names["column-name"] or None,
        names["data-type"] or None,
    )


def locator_names(rule: Rule) -> dict[str, str | None]:
    """Every name an object locator may have, None where it has none."""
    given = rule.get("object-locator")
    if not isinstance(given, dict):
        raise refused(rule, "object locator cannot be null")
    names = {key: given.get(key) for key in _LOCATOR}
    for key, value in names.items():
        if value is not None and not isinstance(value, str):
            raise refused(rule, f"{key} in object locator must be a string")
    return names


def exact_table(rule: Rule, found: Locator, using: str) -> None:
    """Raise unless the locator names one table."""
    if has_wildcard(found.schema) or has_wildcard(found.table):
        raise refused(rule, f"Exact schema and table name required when using {using}.")


def data_type(rule: Rule) -> DataType | None:
    """The type of a rule's ``data-type``; None when it has none."""
    given = rule.get("data-type")
    if given is None:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("type"), str):
        raise refused(rule, "data type needs a type")
    name = one_of(rule, "data type", given["type"].lower(), DATA_TYPES)
    length, precision, scale = (
        number(rule, given, key, "data type") for key in ("length", "precision", "scale")
    )
    return DataType(name, length, precision, scale)
