"""Responses in the form of AWS's protocols: JSON 1.1 and Query (XML)."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from werkzeug.wrappers import Response

from lab.aws.errors import AwsError


def json_reply(document: dict[str, Any], status: int = 200) -> Response:
    """Members that are None are left out; times become seconds since 1970 with their fraction."""
    body = json.dumps(_plain(document), ensure_ascii=False)
    return _reply(body, status, "application/x-amz-json-1.1")


def xml_reply(root: ElementTree.Element, status: int = 200) -> Response:
    body = ElementTree.tostring(root, encoding="unicode", xml_declaration=False)
    return _reply(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}', status, "text/xml")


def error_reply(environ: dict[str, Any], error: AwsError) -> Response:
    """An error in the protocol of the request: XML for a form, JSON for everything else."""
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return xml_reply(_error_document(error), error.status)
    reply = json_reply({"__type": error.code, "message": error.message}, error.status)
    reply.headers["x-amzn-ErrorType"] = error.code
    return reply


def new_request_id() -> str:
    return str(uuid.uuid4())


def _reply(body: str, status: int, content_type: str) -> Response:
    reply = Response(body, status, content_type=content_type)
    reply.headers["x-amzn-RequestId"] = new_request_id()
    return reply


def _error_document(error: AwsError) -> ElementTree.Element:
    root = ElementTree.Element("ErrorResponse")
    entry = ElementTree.SubElement(root, "Error")
    blame = "Sender" if error.status < 500 else "Receiver"
    for name, text in (("Type", blame), ("Code", error.code), ("Message", error.message)):
        ElementTree.SubElement(entry, name).text = text
    ElementTree.SubElement(root, "RequestId").text = new_request_id()
    return root


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items() if member is not None}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return value.timestamp() if isinstance(value, datetime) else value
