"""What AWS answers, as far as it is read here: members by their names in the service's own model.

A member that AWS may leave out, or leaves out of older descriptions, is not required.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict


class Endpoint(TypedDict):
    """Of DescribeEndpoints."""

    EndpointIdentifier: str
    EndpointArn: str
    EndpointType: NotRequired[str]
    EngineName: NotRequired[str]
    ServerName: NotRequired[str]
    Port: NotRequired[int]
    DatabaseName: NotRequired[str]
    Username: NotRequired[str]
    SslMode: NotRequired[str]
    ExtraConnectionAttributes: NotRequired[str]
    PostgreSQLSettings: NotRequired[Mapping[str, object]]
    OracleSettings: NotRequired[Mapping[str, object]]


class ReplicationInstance(TypedDict):
    """Of DescribeReplicationInstances."""

    ReplicationInstanceIdentifier: str
    ReplicationInstanceArn: NotRequired[str]
    ReplicationInstanceStatus: NotRequired[str]


class ReplicationTask(TypedDict):
    """Of DescribeReplicationTasks; mappings and settings are JSON texts."""

    ReplicationTaskIdentifier: str
    ReplicationTaskArn: str
    Status: NotRequired[str]
    MigrationType: NotRequired[str]
    TableMappings: NotRequired[str]
    ReplicationTaskSettings: NotRequired[str]
    StopReason: NotRequired[str]
    LastFailureMessage: NotRequired[str]
    SourceEndpointArn: NotRequired[str]
    TargetEndpointArn: NotRequired[str]
    ReplicationInstanceArn: NotRequired[str]
    ReplicationTaskStartDate: NotRequired[dt.datetime]
    ReplicationTaskStats: NotRequired[Mapping[str, object]]
    RecoveryCheckpoint: NotRequired[str]


class TableCounters(TypedDict):
    """Of DescribeTableStatistics, for one table."""

    SchemaName: str
    TableName: str
    TableState: NotRequired[str]
    Inserts: NotRequired[int]
    Updates: NotRequired[int]
    Deletes: NotRequired[int]
    Ddls: NotRequired[int]
    AppliedInserts: NotRequired[int]
    AppliedUpdates: NotRequired[int]
    AppliedDeletes: NotRequired[int]
    AppliedDdls: NotRequired[int]
    FullLoadRows: NotRequired[int]
    LastUpdateTime: NotRequired[dt.datetime]


class ParameterGroup(TypedDict):
    """Of an instance: its group, and whether the changed parameters are in force."""

    DBParameterGroupName: str
    ParameterApplyStatus: NotRequired[str]


class DatabaseInstance(TypedDict):
    """Of DescribeDBInstances."""

    DBInstanceIdentifier: str
    DBInstanceStatus: NotRequired[str]
    DBParameterGroups: NotRequired[Sequence[ParameterGroup]]
