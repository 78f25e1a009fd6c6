"""Amazon RDS of the lab: one instance and its parameter group, told by the live PostgreSQL behind
it.
"""

from __future__ import annotations

import base64
import binascii
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from lab.aws.config import ACCOUNT
from lab.aws.errors import AwsError, not_implemented
from lab.aws.rds import changes
from lab.aws.rds.live import Facts, SourceDownError, read_facts
from lab.aws.rds.parameters import describe_parameters, is_static
from lab.logins import PostgresLogin

log = logging.getLogger(__name__)

PAGE = 100
INSTANCE_CLASS = "db.t3.medium"
STORAGE_GB = 20


class RdsService:
    """``identifier`` is the name of the only instance; its parameter group
    has a name of its own.
    """

    def __init__(
        self,
        *,
        region: str,
        identifier: str,
        source: PostgresLogin,
        read: Callable[[PostgresLogin], Facts] = read_facts,
        restart: Callable[[], None] | None = None,
    ) -> None:
        """``restart`` restarts the server and returns when it is up again;
        None where nobody can.
        """
        self._region = region
        self._identifier = identifier
        self._group = f"{identifier}-parameters"
        self._source = source
        self._read = read
        self._restart = restart
        self._rebooting = False
        #: dynamic parameters that shall change with the next reboot
        self._waiting: dict[str, changes.Change] = {}
        self._created = datetime.now(UTC)
        self._last: Facts | None = None
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "DescribeDBInstances": self.describe_instances,
            "DescribeDBParameterGroups": self.describe_groups,
            "DescribeDBParameters": self.describe_parameters,
            "ModifyDBParameterGroup": self.modify_group,
            "RebootDBInstance": self.reboot,
        }

    @property
    def operations(self) -> tuple[str, ...]:
        return tuple(sorted(self._operations))

    def handle(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """The response's members by their names. Raises AwsError."""
        if operation not in self._operations:
            raise not_implemented("RDS", operation)
        return self._operations[operation](parameters)

    def describe_instances(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._check_instance(parameters.get("DBInstanceIdentifier", self._identifier))
        shown = [self._instance()] if self._passes(parameters.get("Filters", [])) else []
        return {"DBInstances": shown}

    def describe_groups(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._check_group(parameters.get("DBParameterGroupName", self._group))
        group = {
            "DBParameterGroupName": self._group,
            "DBParameterGroupFamily": f"postgres{self._facts().version.split('.')[0]}",
            "Description": f"parameters of {self._identifier}",
            "DBParameterGroupArn": f"arn:aws:rds:{self._region}:{ACCOUNT}:pg:{self._group}",
        }
        return {"DBParameterGroups": [group]}

    def describe_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """In pages of 100 unless MaxRecords says otherwise, as in RDS: clients have to follow the
        marker.
        """
        self._check_group(parameters["DBParameterGroupName"])
        found = describe_parameters(self._facts())
        for one in found:
            if one["ParameterName"] in self._waiting:
                one["ParameterValue"] = self._waiting[one["ParameterName"]].shown
        source = parameters.get("Source")
        if source is not None:
            found = [parameter for parameter in found if parameter["Source"] == source]
        shown, marker = _page(found, parameters)
        return {"Parameters": shown, "Marker": marker}

    def modify_group(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """A static parameter waits for a reboot, as does one that is told to; the instance says so
        until then.
        """
        self._check_group(parameters["DBParameterGroupName"])
        facts = self._facts()
        checked = [changes.check(change, facts) for change in parameters["Parameters"]]
        now = [
            one
            for one in checked
            if one.method == changes.IMMEDIATE or is_static(facts.settings[one.name])
        ]
        changes.apply(self._source, now)
        self._waiting |= {one.name: one for one in checked if one not in now}
        return {"DBParameterGroupName": self._group}

    def reboot(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._check_instance(parameters["DBInstanceIdentifier"])
        if self._restart is None:
            raise AwsError(
                "NotImplemented",
                "nobody here restarts PostgreSQL: this API runs without a lab",
                501,
            )
        if self._rebooting:
            raise AwsError(
                "InvalidDBInstanceState", f"Instance {self._identifier} is not in available state."
            )
        self._rebooting = True
        threading.Thread(target=self._reboot, name="reboot", daemon=True).start()
        return {"DBInstance": self._instance()}

    def _reboot(self) -> None:
        try:
            changes.apply(self._source, list(self._waiting.values()))
            self._waiting = {}
            assert self._restart is not None
            self._restart()
        except Exception:
            log.exception("restarting PostgreSQL")
        finally:
            self._rebooting = False

    def _check_instance(self, name: str) -> None:
        if name.lower() not in (self._identifier.lower(), self._instance_arn.lower()):
            raise AwsError("DBInstanceNotFound", f"DBInstance {name} not found.", 404)

    @property
    def _instance_arn(self) -> str:
        return f"arn:aws:rds:{self._region}:{ACCOUNT}:db:{self._identifier}"

    def _instance(self) -> dict[str, Any]:
        facts, state = self._last, "available"
        try:
            facts = self._last = self._read(self._source)
        except SourceDownError as down:
            state = down.state
        state = "rebooting" if self._rebooting else state
        pending = bool(self._waiting) or (facts is not None and facts.pending_restart)
        group = {
            "DBParameterGroupName": self._group,
            "ParameterApplyStatus": "pending-reboot" if pending else "in-sync",
        }
        return {
            "DBInstanceIdentifier": self._identifier,
            "DBInstanceClass": INSTANCE_CLASS,
            "Engine": "postgres",
            "DBInstanceStatus": state,
            "MasterUsername": self._source.user,
            "DBName": self._source.database,
            "Endpoint": {"Address": self._source.host, "Port": self._source.port},
            "AllocatedStorage": STORAGE_GB,
            "InstanceCreateTime": self._created,
            "DBParameterGroups": [group],
            "AvailabilityZone": f"{self._region}a",
            "MultiAZ": False,
            "EngineVersion": facts.version if facts is not None else None,
            "AutoMinorVersionUpgrade": False,
            "PubliclyAccessible": False,
            "StorageEncrypted": False,
            "DBInstanceArn": self._instance_arn,
        }

    def _facts(self) -> Facts:
        """A parameter group can be looked at while its instance is down: then
        as it was last seen.
        """
        try:
            self._last = self._read(self._source)
        except SourceDownError as down:
            if self._last is None:
                raise AwsError("InternalFailure", str(down), 500) from None
        return self._last

    def _check_group(self, name: str) -> None:
        if name.lower() != self._group.lower():
            raise AwsError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}", 404)

    def _passes(self, filters: list[dict[str, Any]]) -> bool:
        values = {"db-instance-id": self._identifier, "engine": "postgres"}
        for one in filters:
            if one["Name"] not in values:
                raise AwsError("InvalidParameterValue", f"Unrecognized filter name: {one['Name']}")
        return all(values[one["Name"]] in one["Values"] for one in filters)


def _page(found: Sequence[Any], parameters: dict[str, Any]) -> tuple[Sequence[Any], str | None]:
    size = parameters.get("MaxRecords", PAGE)
    if not 20 <= size <= PAGE:
        raise AwsError(
            "InvalidParameterValue", f"MaxRecords is {size}; it must be between 20 and {PAGE}"
        )
    try:
        start = int(base64.urlsafe_b64decode(parameters.get("Marker", "") or "MA=="))
    except (binascii.Error, ValueError):
        raise AwsError(
            "InvalidParameterValue", "The marker was not given out by this service"
        ) from None
    end = start + size
    return found[start:end], base64.urlsafe_b64encode(str(end).encode()).decode() if end < len(
        found
    ) else None
