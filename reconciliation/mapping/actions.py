"""What a transformation action does to a name. Source of the rules: AWS DMS user guide,
Transformations.
"""

from __future__ import annotations

from collections.abc import Callable

from reconciliation.errors import MappingError
from reconciliation.mapping.model import Rule


def _remove_prefix(rule: Rule, name: str) -> str:
    return name.removeprefix(rule.value or "")


def _remove_suffix(rule: Rule, name: str) -> str:
    return name.removesuffix(rule.value or "")


def _replace_prefix(rule: Rule, name: str) -> str:
    old = rule.old_value or ""
    return (rule.value or "") + name.removeprefix(old) if name.startswith(old) else name


def _replace_suffix(rule: Rule, name: str) -> str:
    old = rule.old_value or ""
    return name.removesuffix(old) + (rule.value or "") if name.endswith(old) else name


_RENAMING: dict[str, Callable[[Rule, str], str]] = {
    "rename": lambda rule, name: rule.value or "",
    "convert-lowercase": lambda rule, name: name.lower(),
    "convert-uppercase": lambda rule, name: name.upper(),
    "add-prefix": lambda rule, name: (rule.value or "") + name,
    "add-suffix": lambda rule, name: name + (rule.value or ""),
    "remove-prefix": _remove_prefix,
    "remove-suffix": _remove_suffix,
    "replace-prefix": _replace_prefix,
    "replace-suffix": _replace_suffix,
}

#: actions that give a schema, table or column another name
RENAMING = frozenset(_RENAMING)
#: actions that act on one column without renaming it
COLUMN_ONLY = frozenset({"add-column", "include-column", "remove-column", "change-data-type"})
#: may be combined with another action on the same column
MASKING = frozenset(
    {"data-masking-digits-mask", "data-masking-digits-randomize", "data-masking-hash-mask"}
)
#: understood, without influence on where a value goes
OTHER = frozenset({"define-primary-key", "add-before-image-columns"})
ACTIONS = RENAMING | COLUMN_ONLY | MASKING | OTHER

NEEDS_VALUE = frozenset(
    {"add-prefix", "add-suffix", "remove-prefix", "remove-suffix", "add-column"}
)
NEEDS_OLD_VALUE = frozenset({"replace-prefix", "replace-suffix"})


def renamed(rule: Rule, name: str) -> str:
    """The name after the rule's action; unchanged when the action does not rename."""
    action = _RENAMING.get(rule.action or "")
    if action is None:
        return name
    if rule.action == "rename" and not rule.value:
        raise MappingError(
            f"rule {rule.rule_id} renames by an expression, which cannot be judged without a row"
        )
    return action(rule, name)
