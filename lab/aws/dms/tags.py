"""Tags of DMS resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.aws.dms.registry import Registry
from lab.aws.errors import invalid_combination, not_found


class TagOperations:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def add(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self._tags(parameters["ResourceArn"])
        self._registry.set_tags(parameters["ResourceArn"], parameters["Tags"])
        return {}

    def remove(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        tags = self._tags(parameters["ResourceArn"])
        for key in parameters["TagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        several = parameters.get("ResourceArnList")
        if (several is None) == ("ResourceArn" not in parameters):
            raise invalid_combination("Give either ResourceArn or ResourceArnList")
        tags = [
            {"Key": key, "Value": value, **({"ResourceArn": arn} if several else {})}
            for arn in several or [parameters["ResourceArn"]]
            for key, value in self._tags(arn).items()
        ]
        return {"TagList": tags}

    def _tags(self, arn: str) -> dict[str, str]:
        try:
            return self._registry.tags[arn]
        except KeyError:
            raise not_found(f"Resource {arn} not found") from None
