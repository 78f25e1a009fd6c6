"""JUnit's XML, as Jenkins, GitLab and their like read it: cases with a failure or an error, and
their counts.

The form is the one of Jenkins' xUnit plugin (jenkins-junit.xsd).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from xml.etree import ElementTree

#: characters XML 1.0 cannot hold, not even escaped
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Case = ElementTree.Element


def clean(text: str) -> str:
    """The text with what XML cannot hold replaced."""
    return _FORBIDDEN.sub("\ufffd", text)


def case(classname: str, name: str, seconds: float = 0.0) -> Case:
    """One case, which passes as long as nothing is added to it."""
    return ElementTree.Element(
        "testcase",
        {
            "classname": clean(classname),
            "name": clean(name),
            "time": f"{seconds:.3f}",
        },
    )


def add(to: Case, kind: str, message: str, lines: Iterable[str] = ()) -> None:
    """A ``failure`` (what was judged is wrong), an ``error`` (it was not judged), or ``skipped``
    (there is nothing to judge).
    """
    added = ElementTree.SubElement(to, kind, {"message": clean(message), "type": kind})
    added.text = clean("\n".join((message, *lines)))


def tell(of: Case, lines: Iterable[str]) -> None:
    """What a case has to say whatever it ends with."""
    ElementTree.SubElement(of, "system-out").text = clean("\n".join(lines))


def document(
    name: str,
    cases: Sequence[Case],
    started: dt.datetime,
    seconds: float,
    properties: Mapping[str, str],
) -> str:
    """The whole file: one suite of cases, counted."""
    suite = ElementTree.Element(
        "testsuite",
        {
            "name": clean(name),
            "tests": str(len(cases)),
            "failures": _having(cases, "failure"),
            "errors": _having(cases, "error"),
            "skipped": _having(cases, "skipped"),
            "time": f"{seconds:.3f}",
            "timestamp": f"{started:%Y-%m-%dT%H:%M:%S}",
        },
    )
    listed = ElementTree.SubElement(suite, "properties")
    for key, value in properties.items():
        ElementTree.SubElement(listed, "property", {"name": clean(key), "value": clean(value)})
    suite.extend(cases)
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        + ElementTree.tostring(suites, encoding="unicode")
        + "\n"
    )


def _having(cases: Iterable[Case], outcome: str) -> str:
    return str(sum(one.find(outcome) is not None for one in cases))
