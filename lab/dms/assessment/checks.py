"""The individual assessments by the names of the API, for a task that replicates changes from
PostgreSQL to Oracle.

A check that finds something has failed, or warns where the user guide only recommends. Left out are
those for other targets, for data masking, and those of a full load.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.dms.assessment import source_checks as source
from lab.dms.assessment import target_checks as target
from lab.dms.assessment.subject import Subject


@dataclass(frozen=True)
class Check:
    find: Callable[[Subject], list[str]]
    #: the status when something was found
    verdict: str = "failed"


CHECKS: dict[str, Check] = {
    "unsupported-data-types-in-source": Check(source.unsupported_data_types),
    "table-with-no-primary-key-or-unique-constraint": Check(source.no_key),
    "table-with-lob-but-without-primary-key-or-unique-constraint": Check(source.lob_without_key),
    "full-lob-not-nullable-at-target": Check(target.full_lob_not_nullable),
    "target-table-has-unique-key-or-primary-key-for-cdc": Check(target.target_key_for_cdc),
    "postgres-check-dbversion": Check(source.dbversion),
    "postgres-check-ddl-event-trigger": Check(source.ddl_event_trigger, "warning"),
    "postgres-check-postgis-data-type": Check(source.postgis_data_type),
    "postgres-check-similar-table-name": Check(source.similar_table_name),
    "postgres-check-table-with-array": Check(source.table_with_array),
    "postgres-check-for-logical-decoding-work-mem": Check(
        source.logical_decoding_work_mem, "warning"
    ),
    "postgres-check-longrunningtxn": Check(source.longrunningtxn, "warning"),
    "postgres-check-maxslot-wal-keep-size": Check(source.maxslot_wal_keep_size, "warning"),
    "postgres-check-maxwalsenders": Check(source.maxwalsenders),
    "postgres-check-pglogical": Check(source.pglogical),
    "postgres-check-pk-lob": Check(source.pk_lob),
    "postgres-check-pk": Check(source.pk),
    "postgres-check-preparedtxn": Check(source.preparedtxn),
    "postgres-check-walsenderstimeout": Check(source.walsenderstimeout),
    "postgres-check-wallevel": Check(source.wallevel),
    "postgres-check-limited-lob-size": Check(source.limited_lob_size, "warning"),
    "postgres-check-pk-validity": Check(target.pk_validity),
    "postgres-check-replication-slots-count": Check(source.replication_slots_count),
    "postgres-check-select-object-privileges": Check(source.select_object_privileges),
    "postgres-check-batch-apply-target-pk-ui-absence": Check(target.batch_apply_key_absent),
    "postgres-check-batch-apply-target-pk-ui-simultaneously": Check(
        target.batch_apply_keys_at_once
    ),
    "postgres-batch-apply-lob-mode": Check(target.batch_apply_lob_mode),
    "oracle-target-triggers-are-enabled": Check(target.triggers_are_enabled),
    "oracle-batch-apply-lob-999": Check(target.batch_apply_lob_999),
    "oracle-validate-permissions-on-target": Check(target.permissions_on_target),
    "oracle-validate-supported-versions-of-target": Check(target.supported_version_of_target),
    "oracle-prerequisites-privileges-of-validation-feature": Check(target.validation_privileges),
}


def applicable() -> tuple[str, ...]:
    """The names of all checks, in the order in which they are run."""
    return tuple(CHECKS)
