"""AWS's Query protocol: a form in, XML out, both by the service's model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from botocore.model import ListShape, OperationModel, Shape, StructureShape

from lab.aws.errors import AwsError
from lab.aws.replies import new_request_id

_TRUTH = {"true": True, "false": False}


def parse_form(operation: OperationModel, form: Mapping[str, str]) -> dict[str, Any]:
    """The request's parameters by the names of the model. Raises AwsError for a value of the wrong
    type.
    """
    return _structure(operation.input_shape, form, "") if operation.input_shape is not None else {}


def response_document(
    operation: OperationModel, document: Mapping[str, Any]
) -> ElementTree.Element:
    """The XML of a response; a member that the model does not have is a KeyError."""
    metadata = operation.service_model.metadata
    root = ElementTree.Element(f"{operation.name}Response", {"xmlns": metadata["xmlNamespace"]})
    shape = operation.output_shape
    if shape is not None:
        wrapper = ElementTree.SubElement(
            root, shape.serialization.get("resultWrapper", f"{operation.name}Result")
        )
        _write_members(wrapper, shape, document)
    about = ElementTree.SubElement(root, "ResponseMetadata")
    ElementTree.SubElement(about, "RequestId").text = new_request_id()
    return root


def _structure(shape: StructureShape, form: Mapping[str, str], prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        path = f"{prefix}{member.serialization.get('name', name)}"
        if path in form or any(key.startswith(f"{path}.") for key in form):
            found[name] = _value(member, form, path)
    return found


def _value(shape: Shape, form: Mapping[str, str], path: str) -> Any:
    if isinstance(shape, StructureShape):
        return _structure(shape, form, f"{path}.")
    if isinstance(shape, ListShape):
        return _list(shape, form, path)
    text = form.get(path, "")
    try:
        if shape.type_name == "boolean":
            return _TRUTH[text.lower()]
        return int(text) if shape.type_name in ("integer", "long") else text
    except (KeyError, ValueError):
        raise AwsError(
            "InvalidParameterValue", f"{path}: {text!r} is not a {shape.type_name}"
        ) from None


def _list(shape: ListShape, form: Mapping[str, str], path: str) -> list[Any]:
    if not shape.serialization.get("flattened"):
        path = f"{path}.{shape.member.serialization.get('name', 'member')}"
    items: list[Any] = []
    while True:
        place = f"{path}.{len(items) + 1}"
        if place not in form and not any(key.startswith(f"{place}.") for key in form):
            return items
        items.append(_value(shape.member, form, place))


def _write_members(
    parent: ElementTree.Element, shape: StructureShape, document: Mapping[str, Any]
) -> None:
    for name, value in document.items():
        member = shape.members[name]
        if value is not None:
            element = ElementTree.SubElement(parent, member.serialization.get("name", name))
            _write(element, member, value)


def _write(element: ElementTree.Element, shape: Shape, value: Any) -> None:
    if isinstance(shape, StructureShape):
        _write_members(element, shape, value)
    elif isinstance(shape, ListShape):
        name = shape.member.serialization.get("name", "member")
        for item in value:
            _write(ElementTree.SubElement(element, name), shape.member, item)
    elif isinstance(value, datetime):
        element.text = (
            value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        )
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)
