"""What Oracle Database 19c can do and what it cannot, in the words of SQLAlchemy's suite.

A requirement that is not named here keeps SQLAlchemy's default. Where Oracle fails in a way that
can be watched, the tests run and have to fail here too; where a test makes no sense on Oracle it is
left out. What only the stand-in lacks is not hidden here: those tests run and stand in
``exceptions.toml``, or are left out by ``NOT_IN_THE_STAND_IN`` and counted as failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements

#: SQLAlchemy expects little of a database it does not know; Oracle 19c does these too
_ORACLE_CAN = (
    "autocommit",
    "cast_precision_numerics_many_significant_digits",
    "check_constraint_reflection",
    "comment_reflection",
    "comment_reflection_full_unicode",
    "computed_columns",
    "computed_columns_virtual",
    "create_or_replace_view",
    "create_table_as",
    "ctes",
    "datetime_interval",
    "datetime_literals",
    "default_schema_name_switch",
    "expression_server_defaults",
    "fetch_expression",
    "fetch_first",
    "fetch_no_order_by",
    "fetch_offset_with_options",
    "fetch_percent",
    "fetch_ties",
    "foreign_key_constraint_name_reflection",
    "foreign_key_constraint_option_reflection_ondelete",
    "has_temp_table",
    "identity_columns",
    "identity_columns_standard",
    "indexes_check_column_order",
    "indexes_with_expressions",
    "inline_check_constraint_reflection",
    "isolation_level",
    "nvarchar_types",
    "percent_schema_names",
    "precision_numerics_many_significant_digits",
    "reflect_indexes_with_ascdesc_as_expression",
    "reflect_indexes_with_expressions",
    "reflect_table_options",
    "reflects_pk_names",
    "regexp_match",
    "regexp_replace",
    "savepoints",
    "server_defaults",
    "skip_autocommit_rollback",
    "supports_bitwise_and",
    "temp_table_comment_reflection",
    "temp_table_names",
    "timestamp_microseconds",
    "tuple_in",
    "unicode_ddl",
    "unique_constraints_reflect_as_index",
    "view_column_reflection",
    "view_reflection",
    "views",
    "window_functions",
    "window_range",
    "window_range_numeric",
)

#: tests that make no sense on Oracle
_ORACLE_CANNOT = {
    "autoincrement_without_sequence": "an INTEGER PRIMARY KEY alone counts nothing",
    "binary_literals": "a BLOB has no literal",
    "datetime_microseconds": "DATE keeps whole seconds",
    "symbol_names_w_double_quote": "ORA-03001: a quotation mark cannot stand in an identifier",
    "time": "there is no type TIME",
    "time_microseconds": "there is no type TIME",
    "tuple_in_w_empty": "SQLAlchemy writes no list of tuples without a tuple for Oracle",
    "unbounded_varchar": "VARCHAR2 needs a length",
}

#: tests that run and in which Oracle answers with something else than the test wants
_ORACLE_FAILS = {
    "empty_strings_text": "'' is NULL",
    "empty_strings_varchar": "'' is NULL",
    "expressions_against_unbounded_text": "ORA-00932: a CLOB cannot be compared",
    "infinity_floats": "NUMBER has no infinity",
    "order_by_col_from_union": "ORA-00907: no ORDER BY within a part of UNION before 23ai",
    "parens_in_union_contained_select_wo_limit_offset": (
        "ORA-00907: no ORDER BY within a part of UNION"
    ),
    "precision_numerics_retains_significant_digits": "NUMBER keeps no trailing zeros",
    "supports_bitwise_not": "there are no operators for bits",
    "supports_bitwise_or": "there are no operators for bits",
    "supports_bitwise_shift": "there are no operators for bits",
    "supports_bitwise_xor": "there are no operators for bits",
    "timestamp_microseconds_implicit_bound": (
        "a bound datetime without a type is a DATE, which keeps whole seconds"
    ),
}

#: how the reason of a test left out on account of the stand-in begins
NOT_HERE = "stand-in:"
#: Oracle can, the stand-in cannot, and the suite would build whole groups of other tests on it
NOT_IN_THE_STAND_IN = {
    "materialized_views": "the stand-in has no materialized views",
    "materialized_views_reflect_pk": "the stand-in has no materialized views",
}


class Requirements(SuiteRequirements):
    """Oracle Database 19c; the properties are set below."""


def _set(names: Iterable[str], rule: Callable[..., Any], *arguments: str) -> None:
    """SQLAlchemy extends the rules it is given in place: every reading of a property makes a new
    one.
    """
    for name in names:
        setattr(Requirements, name, property(lambda _self: rule(*arguments)))


_set(_ORACLE_CAN, exclusions.open)
for _name, _reason in _ORACLE_CANNOT.items():
    _set([_name], exclusions.closed, f"Oracle: {_reason}")
for _name, _reason in _ORACLE_FAILS.items():
    _set([_name], exclusions.fails, _reason)
for _name, _reason in NOT_IN_THE_STAND_IN.items():
    _set([_name], exclusions.closed, f"{NOT_HERE} {_reason}")
