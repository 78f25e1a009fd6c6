"""Which columns a source table has on the target: names, types, masks, added columns and before
images.

Precedence. For one column the rule with the lower id is the only one applied when several match
(AWS DMS user guide, transformation rules, "rule-id"); a mask may be combined with it. Engines
before 2023 applied every matching column rule; that is the policy ``chained``, in the order of the
ids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.dms.ground.catalogue import SourceColumn, SourceTable
from lab.dms.mapping.rules import MASKS, DataType, Transformation
from lab.dms.mapping.source_types import dms_type_name, has_supported_name, is_lob
from lab.dms.mapping.wildcards import matches

LOWER_RULE_ID_WINS, CHAINED = "lower_rule_id_wins", "chained"
COLUMN_RULE_POLICIES = (LOWER_RULE_ID_WINS, CHAINED)

#: gives the name a rule makes of a column's name so far
Renamer = Callable[[Transformation, str, SourceColumn], str]


@dataclass(frozen=True)
class Mask:
    """``retyped`` says whether the value has been through the column's change-data-type before."""

    action: str
    character: str | None = None
    retyped: bool = True


@dataclass(frozen=True)
class MappedColumn:
    """A column of the target: read from ``source`` or, for an added column, computed by
    ``expression``.

    ``before_image`` is set for a column that shows the source column's value before the change.
    """

    target: str
    source: SourceColumn | None
    expression: str | None = None
    data_type: DataType | None = None
    rule_ids: tuple[int, ...] = ()
    masks: tuple[Mask, ...] = ()
    before_image: bool = False


@dataclass(frozen=True)
class ColumnRules:
    """The column rules that speak of one table, by id, and the choices about them.

    ``unsupported`` is the switch unsupported_transformations, ``before_image_names`` the one of
    that name.
    """

    rules: Sequence[Transformation]
    renamer: Renamer
    policy: str = LOWER_RULE_ID_WINS
    unsupported: str = "applied"
    before_image_names: str = "source"

    def map(self, table: SourceTable) -> tuple[MappedColumn, ...]:
        """The columns of the target, those of the source first, in its order."""
        only_included = any(rule.action == "include-column" for rule in self.rules)
        mapped: list[MappedColumn] = []
        for column in table.columns:
            contenders = [rule for rule in self.rules if self._speaks_of(rule, column)]
            found = self._map_column(column, contenders)
            included = any(rule.action == "include-column" for rule in contenders)
            if found is not None and (included or not only_included):
                mapped.append(found)
        return (*mapped, *self._added(), *self._before_images(table, mapped))

    def _speaks_of(self, rule: Transformation, column: SourceColumn) -> bool:
        if rule.locator.column is None or rule.action in ("add-column", "add-before-image-columns"):
            return False
        if self.unsupported == "ignored" and not _is_supported(rule, column):
            return False
        # the one part of a locator that is not a pattern
        wanted = rule.locator.data_type
        return matches(rule.locator.column, column.name) and (
            wanted is None or wanted in (column.type_name, dms_type_name(column))
        )

    def _applied(self, contenders: Sequence[Transformation]) -> Sequence[Transformation]:
        return contenders[:1] if self.policy == LOWER_RULE_ID_WINS else contenders

    def _map_column(
        self, column: SourceColumn, contenders: Sequence[Transformation]
    ) -> MappedColumn | None:
        name, data_type, retyped_by = column.name, None, None
        applied = self._applied([rule for rule in contenders if rule.action not in MASKS])
        for rule in applied:
            if rule.action == "remove-column":
                return None
            name = self.renamer(rule, name, column)
            if rule.data_type is not None:
                data_type, retyped_by = rule.data_type, rule.rule_id
        masks = self._applied([rule for rule in contenders if rule.action in MASKS])
        ids = tuple(rule.rule_id for rule in (*applied, *masks))
        return MappedColumn(
            name, column, None, data_type, ids, tuple(_mask(rule, retyped_by) for rule in masks)
        )

    def _added(self) -> list[MappedColumn]:
        added: dict[str, MappedColumn] = {}
        for rule in self.rules:
            name = rule.value or ""
            if rule.action != "add-column" or name in added:
                continue
            masks = self._applied(
                [
                    mask
                    for mask in self.rules
                    if mask.action in MASKS and matches(mask.locator.column or "", name)
                ]
            )
            ids = (rule.rule_id, *(mask.rule_id for mask in masks))
            masked = tuple(_mask(mask, None) for mask in masks)
            added[name] = MappedColumn(name, None, rule.expression, rule.data_type, ids, masked)
        return list(added.values())

    def _before_images(
        self, table: SourceTable, mapped: Sequence[MappedColumn]
    ) -> list[MappedColumn]:
        targets = {column.source.name: column.target for column in mapped if column.source}
        images = []
        for column in table.columns:
            rule = next(
                (rule for rule in self.rules if _wants_before_image(rule, column, table)), None
            )
            if rule is None or column.name not in targets:
                continue
            name = column.name if self.before_image_names == "source" else targets[column.name]
            target = rule.before_image.name(name)
            images.append(
                MappedColumn(target, column, None, None, (rule.rule_id,), before_image=True)
            )
        return images


def _is_supported(rule: Transformation, column: SourceColumn) -> bool:
    return has_supported_name(column) and (rule.action == "remove-column" or not is_lob(column))


def _mask(rule: Transformation, retyped_by: int | None) -> Mask:
    # a change-data-type comes first when its id is the lower one: AWS DMS user guide, data masking,
    # limitations
    return Mask(rule.action, rule.value, retyped_by is None or retyped_by < rule.rule_id)


def _wants_before_image(rule: Transformation, column: SourceColumn, table: SourceTable) -> bool:
    if rule.action != "add-before-image-columns" or not matches(
        rule.locator.column or "%", column.name
    ):
        return False
    if rule.before_image.columns == "pk-only":
        return column.name in table.key
    return rule.before_image.columns == "all" or not is_lob(column)
