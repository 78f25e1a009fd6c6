"""The PL/SQL of a trigger's body, as far as it only fills columns of the new row."""

from __future__ import annotations

from collections.abc import Sequence

from lab.oracle.engine.ddl.columns import condition_sql, expression_sql
from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.facts import Relation
from lab.oracle.engine.lexer import Lexeme, Token, bind_name, quote
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError


class Body:
    """BEGIN statements END; with assignments, SELECT ... INTO ... FROM dual, IF and NULL."""

    def __init__(self, session: Workspace, reader: Reader, table: Relation) -> None:
        self._session = session
        self._reader = reader
        self._table = table

    def translated(self) -> str:
        """The statements in PL/pgSQL. Raises ORA-03001 for anything else."""
        if self._reader.peek() != "BEGIN":
            raise self._reader.unsupported()
        self._reader.expect("BEGIN")
        text = self._statements()
        self._reader.expect("END")
        if not self._reader.at_end and self._reader.peek() != ";":
            self._reader.name()
        return text

    def _statements(self) -> str:
        parts = []
        while self._reader.peek() not in ("END", "ELSE", "ELSIF"):
            parts.append(self._statement())
        return " ".join(parts)

    def _statement(self) -> str:
        reader = self._reader
        if reader.accept("NULL"):
            reader.expect(";")
            return "NULL;"
        if reader.accept("IF"):
            return self._condition()
        if reader.accept("SELECT"):
            return self._select_into()
        column = self._new_column()
        reader.expect(":=")
        return self._assignment(column, self._until(";"))

    def _condition(self) -> str:
        text = f"IF {self._test()} THEN {self._statements()}"
        while self._reader.accept("ELSIF"):
            text += f" ELSIF {self._test()} THEN {self._statements()}"
        if self._reader.accept("ELSE"):
            text += f" ELSE {self._statements()}"
        self._reader.expect("END", "IF", ";")
        return text + " END IF;"

    def _test(self) -> str:
        tokens = self._until("THEN")
        words = [token.word for token in tokens]
        if words in (["INSERTING"], ["UPDATING"]):
            return (
                f"TG_OP = "
                f"'{words[0].removesuffix('ING') + ('' if words[0] == 'INSERTING' else 'E')}'"
            )
        return _as_records(condition_sql(self._session, self._masked(tokens)))

    def _select_into(self) -> str:
        expression = self._until("INTO")
        column = self._new_column()
        self._reader.expect("FROM")
        if self._reader.peek() == "SYS":
            self._reader.expect("SYS", ".")
        if not self._reader.accept("DUAL"):
            raise self._reader.unsupported()
        self._reader.expect(";")
        return self._assignment(column, expression)

    def _assignment(self, column: str, tokens: Sequence[Token]) -> str:
        value = _as_records(expression_sql(self._session, self._masked(tokens)))
        return f"NEW.{quote(column)} := {self._table.columns[column].assign(value)};"

    def _new_column(self) -> str:
        token = self._reader.token()
        if (
            token.kind is not Lexeme.BIND
            or bind_name(token) != "NEW"
            or not self._reader.accept(".")
        ):
            raise OracleError(
                3001, f"unimplemented feature: {token.text} in a trigger", token.start
            )
        return self._column(self._reader.name())

    def _column(self, name: str) -> str:
        if name not in self._table.columns:
            raise OracleError(
                4098, f"trigger is invalid and failed re-validation (no column {name})"
            )
        return name

    def _until(self, word: str) -> list[Token]:
        taken: list[Token] = []
        while self._reader.peek() != word:
            taken.append(self._reader.token())
        self._reader.expect(word)
        if not taken:
            raise self._reader.error(936, "missing expression")
        return taken

    def _masked(self, tokens: Sequence[Token]) -> list[Token]:
        """``:new`` and ``:old`` as table names that no Oracle statement can have."""
        masked = []
        for token in tokens:
            if token.kind is not Lexeme.BIND:
                masked.append(token)
            elif bind_name(token) in ("NEW", "OLD"):
                masked.append(
                    Token(Lexeme.QUOTED, f'"ora${bind_name(token)}"', token.start, token.end)
                )
            else:
                raise OracleError(
                    3001, f"unimplemented feature: {token.text} in a trigger", token.start
                )
        return masked


def _as_records(text: str) -> str:
    return text.replace('"ora$NEW".', "NEW.").replace('"ora$OLD".', "OLD.")
