"""pytest plugin of the suite's processes: which schemas and which share of the tests a process
works on.
"""

from __future__ import annotations

import zlib

import pytest
from sqlalchemy.testing import provision

from tests.sqlalchemy_suite.names import class_of


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("dialect suite")
    group.addoption(
        "--schema-user", help="the Oracle user to work as; its two other schemas are named after it"
    )
    group.addoption(
        "--share", default="1/1", help="NUMBER/OF: only the classes that fall to this process"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    provision.FOLLOWER_IDENT = config.getoption("--schema-user")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    number, of = map(int, config.getoption("--share").split("/"))
    items[:] = [item for item in items if _share(item, of) == number - 1]


def _share(item: pytest.Item, of: int) -> int:
    """The largest class goes to the last process, the others are spread over all."""
    parent = item.getparent(pytest.Class)
    name = class_of(parent.name if parent else "")
    return of - 1 if name == "ComponentReflectionTest" else zlib.crc32(name.encode()) % of
