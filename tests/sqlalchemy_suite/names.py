"""How the suite's tests are called here: without the name and the version of the database they ran
on.
"""

from __future__ import annotations

import re

_DATABASE = re.compile(r"_oracle\+oracledb(_async)?[\d_]*$")


def class_of(name: str) -> str:
    """The class as SQLAlchemy's source names it: ``ArrayTest_oracle+oracledb_19_0_0_0_0`` is
    ``ArrayTest``.
    """
    return _DATABASE.sub("", name)


def test_name(classname: str, name: str) -> str:
    """``Class::test[parameters]`` from the two attributes of a test case in JUnit's XML."""
    return f"{class_of(classname.rpartition('.')[2])}::{name}"
