"""What a program may import from ``reconciliation``: all of it is there, and nothing comes before
it is asked for.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import reconciliation

ROOT = Path(__file__).parents[2]
HEAVY = {"sqlalchemy", "oracledb", "psycopg2", "boto3", "botocore", "rich", "jinja2", "pyarrow"}


def test_every_name_is_there() -> None:
    assert list(reconciliation.__all__) == sorted(set(reconciliation.__all__))
    assert [name for name in reconciliation.__all__ if getattr(reconciliation, name) is None] == []
    assert set(reconciliation.__all__) <= set(dir(reconciliation))


def test_a_checker_of_types_sees_the_same_names() -> None:
    tree = ast.parse((ROOT / "reconciliation/__init__.py").read_text(encoding="utf-8"))
    [hints] = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {
        name.asname or name.name: (node.module, name.name)
        for node in hints.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    assert set(seen) == set(reconciliation.__all__)
    for name, (module, called) in seen.items():
        assert getattr(reconciliation, name) is getattr(
            __import__(module, fromlist=[called]), called
        )


def test_any_other_name_is_none() -> None:
    with pytest.raises(AttributeError, match="module 'reconciliation' has no attribute 'Judge'"):
        reconciliation.Judge  # noqa: B018 - asking is the point


@pytest.mark.parametrize(
    "asked",
    [
        "import reconciliation",
        "import reconciliation.errors",
        "from reconciliation import EnvironmentFault, Verdict, Finding",
    ],
)
def test_words_need_no_driver(asked: str) -> None:
    program = f"import sys\n{asked}\nprint(sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
