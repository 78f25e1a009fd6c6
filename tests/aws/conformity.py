"""Holds responses against the shapes that the AWS SDK expects: unknown members and wrong types are
failures.

Twice: what is on the wire (JSON 1.1 and the XML of the Query protocol), before the SDK drops what
it does not know, and what the SDK has made of it.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

_WIRE: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "timestamp": (int, float),
}
_PARSED = {**_WIRE, "timestamp": (datetime,)}
#: the model names the first value only; the service knows the second one, too (user guide, "Working
#: with events")
_FURTHER = {"SourceType": ("replication-instance", "replication-task")}


def wire_deviations(body: bytes, content_type: str, operation: OperationModel) -> list[str]:
    """What is wrong in the bytes of a response, one line for each place; other forms than JSON and
    XML pass.
    """
    shape = operation.output_shape
    if "xml" in content_type:
        return _xml_deviations(ElementTree.fromstring(body), operation)
    if "json" not in content_type:
        return []
    document = json.loads(body or b"{}")
    if shape is None:
        return [f"$: {document!r} where nothing is expected"] if document else []
    return deviations(document, shape)


def parsed_deviations(parsed: dict[str, Any], shape: Shape) -> list[str]:
    """The same for what the SDK gives its caller."""
    return deviations(
        {name: value for name, value in parsed.items() if name != "ResponseMetadata"},
        shape,
        types=_PARSED,
    )


def deviations(
    value: Any, shape: Shape, path: str = "$", types: dict[str, tuple[type, ...]] | None = None
) -> list[str]:
    """One line per place where ``value`` is not what ``shape`` says; empty when it conforms."""
    kinds = types or _WIRE
    if isinstance(shape, StructureShape):
        return _structure(value, shape, path, kinds)
    if isinstance(shape, ListShape):
        if not isinstance(value, list):
            return [f"{path}: {value!r} is not a list"]
        places = enumerate(value)
        return [
            line
            for index, item in places
            for line in deviations(item, shape.member, f"{path}[{index}]", kinds)
        ]
    if isinstance(shape, MapShape):
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is not a map"]
        return [
            line
            for key, item in value.items()
            for line in deviations(item, shape.value, f"{path}.{key}", kinds)
        ]
    return _scalar(value, shape, path, kinds)


def _structure(
    value: Any, shape: StructureShape, path: str, types: dict[str, tuple[type, ...]]
) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is not a structure"]
    lines = [f"{path}.{name} is missing" for name in shape.required_members if name not in value]
    for name, member in value.items():
        if name not in shape.members:
            lines.append(f"{path}.{name} is not known")
        else:
            lines.extend(deviations(member, shape.members[name], f"{path}.{name}", types))
    return lines


def _scalar(value: Any, shape: Shape, path: str, kinds: dict[str, tuple[type, ...]]) -> list[str]:
    types = kinds[shape.type_name]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        return [f"{path}: {value!r} is not a {shape.type_name}"]
    choices = _FURTHER.get(shape.name, getattr(shape, "enum", None))
    # DMS answers EndpointType in capitals, whatever its model says
    if choices and value.lower() not in [choice.lower() for choice in choices]:
        return [f"{path}: {value!r} is not one of {', '.join(choices)}"]
    return []


# ---------------------------------------------------------------------- XML


def _xml_deviations(root: ElementTree.Element, operation: OperationModel) -> list[str]:
    shape = operation.output_shape
    wanted = {f"{operation.name}Result", "ResponseMetadata"}
    if _name(root) != f"{operation.name}Response":
        return [f"$: {_name(root)} is not {operation.name}Response"]
    lines = [f"$.{_name(child)} is not known" for child in root if _name(child) not in wanted]
    for child in root:
        if shape is not None and _name(child) == f"{operation.name}Result":
            lines += _xml(child, shape, "$")
    return lines


def _xml(element: ElementTree.Element, shape: Shape, path: str) -> list[str]:
    if isinstance(shape, StructureShape):
        members = {
            member.serialization.get("name", name): member for name, member in shape.members.items()
        }
        lines = []
        for child in element:
            name = _name(child)
            known = members.get(name)
            lines += (
                _xml(child, known, f"{path}.{name}")
                if known is not None
                else [f"{path}.{name} is not known"]
            )
        return lines
    if isinstance(shape, ListShape):
        item = shape.member.serialization.get("name", "member")
        return [
            line
            for index, child in enumerate(element)
            for line in (
                _xml(child, shape.member, f"{path}[{index}]")
                if _name(child) == item
                else [f"{path}[{index}]: {_name(child)} is not {item}"]
            )
        ]
    return [f"{path} has members" for _ in element]


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
