"""Holds a raw response against the shape that the AWS SDK expects: unknown members and wrong types are failures."""

from __future__ import annotations

from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "timestamp": (int, float),
}


def deviations(value: Any, shape: Shape, path: str = "$") -> list[str]:
    """One line per place where ``value`` is not what ``shape`` says; empty when it conforms."""
    if isinstance(shape, StructureShape):
        return _structure(value, shape, path)
    if isinstance(shape, ListShape):
        if not isinstance(value, list):
            return [f"{path}: {value!r} is not a list"]
        return [line for index, item in enumerate(value) for line in deviations(item, shape.member, f"{path}[{index}]")]
    if isinstance(shape, MapShape):
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is not a map"]
        return [line for key, item in value.items() for line in deviations(item, shape.value, f"{path}.{key}")]
    return _scalar(value, shape, path)


def _structure(value: Any, shape: StructureShape, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is not a structure"]
    lines = [f"{path}.{name} is missing" for name in shape.required_members if name not in value]
    for name, member in value.items():
        if name not in shape.members:
            lines.append(f"{path}.{name} is not known")
        else:
            lines.extend(deviations(member, shape.members[name], f"{path}.{name}"))
    return lines


def _scalar(value: Any, shape: Shape, path: str) -> list[str]:
    types = _TYPES[shape.type_name]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        return [f"{path}: {value!r} is not a {shape.type_name}"]
    # DMS answers EndpointType in capitals, whatever its model says
    if getattr(shape, "enum", None) and value.lower() not in [choice.lower() for choice in shape.enum]:
        return [f"{path}: {value!r} is not one of {', '.join(shape.enum)}"]
    return []
