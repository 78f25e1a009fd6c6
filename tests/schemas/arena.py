"""One drawn schema in a lab of its own: built, drafted, decided, judged."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.schemas import world, write
from tests.schemas.decide import decide
from tests.schemas.model import Schema
from tests.suite.place import Place

NAME = "lab-drawn"


@dataclass(frozen=True)
class Judgement:
    """What one run of the guarantees said; ``verdict`` is its verdict.json."""

    code: int
    output: str
    verdict: Mapping[str, Any]

    @property
    def word(self) -> str:
        return str(self.verdict.get("verdict", "none"))

    def told(self) -> list[str]:
        """What was broken or not judged, a line each."""
        return [
            f"{one['scenario']}: {one['message'].splitlines()[0]}"
            for one in self.verdict.get("not_held", ())
            if one["message"]
        ]


class Arena:
    """A copy of the project in which ``lab-drawn`` is the drawn schema's world."""

    def __init__(self, root: Path, schema: Schema) -> None:
        self.place, self.schema = Place.copy_to(root), schema
        home = root / world.WORLD
        home.mkdir(parents=True)
        for name, text in {
            "source.sql": write.source_tables(schema),
            "target.sql": write.target_tables(schema),
            "source-seeds.sql": write.source_rows(schema),
            "target-seeds.sql": write.target_rows(schema),
            "mapping.json": world.mapping(schema),
        }.items():
            (home / name).write_text(text, encoding="utf-8")
        profile = root / "environments" / f"{NAME}.toml"
        profile.write_text(world.profile(schema, NAME), encoding="utf-8")
        self.contracts = root / "contracts/drawn"
        self.contracts.mkdir()

    @contextmanager
    def running(self) -> Iterator[None]:
        """With its lab, and with contracts drafted by the command and decided by rule."""
        self.place.lab("up", "--environment", NAME, "--detach")
        try:
            self._agree()
            yield
        finally:
            self.place.lab("down", "--environment", NAME)

    def _agree(self) -> None:
        """Contracts first, then what their legacy columns refuse: the second needs the first."""
        self._draft("--write", "contracts/drawn")
        decide(self.contracts, self.schema)
        self._draft("--accept", "contracts/drawn/accepted.toml")
        decide(self.contracts, self.schema)

    def _draft(self, *options: str) -> None:
        done = self.place.python(
            "-m", "reconciliation", "contract", "--environment", NAME, *options
        )
        if done.returncode:
            raise AssertionError(f"contract {' '.join(options)}: {done.stdout}{done.stderr}")

    def judge(self, *options: str, seed: int = 1) -> Judgement:
        report = self.place.root / "reports/verdict.json"
        report.unlink(missing_ok=True)
        done = self.place.features("features", "--environment", NAME, "--seed", str(seed), *options)
        (self.place.root / "judged.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
        said = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        return Judgement(done.returncode, done.stdout + done.stderr, said)

    @contextmanager
    def fault(self, name: str, options: Sequence[str]) -> Iterator[None]:
        self.place.lab("fault", "on", name, *options, "--environment", NAME)
        try:
            yield
        finally:
            self.place.lab("fault", "off", name, "--environment", NAME)
