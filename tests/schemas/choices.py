"""Names and conditions that are drawn from."""

from __future__ import annotations

from tests.schemas.pairs import CODE, DAY, INTEGER, LETTER, MONEY, SMALL, WORD

#: plain, reserved in one language or both, mixed case, with a blank, no letters of Latin, thirty
#: bytes
TABLE_NAMES = (
    "customer", "order", "OrderLine", "stock_item", "table", "Group", "voucher", "audit",
    "a_table_whose_name_has_30_byte", "session", "level", "주문", "Price List", "user",
    "열글자로된긴표의이름", "AMixedCaseTableOf30BytesInName",
)  # fmt: skip
COLUMN_NAMES = (
    "amount", "note", "date", "level", "Size", "comment", "unitPrice", "state", "number", "start",
    "a_column_of_thirty_bytes_name_", "valid_from", "user", "desc", "mode", "Währung", "수량",
    "rowCount", "flag", "payload", "uid", "access", "share", "x", "checked", "label", "order",
    "valid_until", "Line No", "select", "key", "value", "type", "created_at",
    "AMixedCaseColumnOf30BytesName_", "default", "열글자로된긴칸의이름",
)  # fmt: skip
#: over one column of a pair, or two; a world's rows keep each
CHECKS = (
    ("{0} >= 0", (MONEY,)),
    ("{0} <= {1}", (SMALL, SMALL)),
    ("({0} IN ('alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta') OR length({0}) > 3)", (WORD,)),
    ("{0} = upper({0})", (CODE,)),
    ("{0} BETWEEN 1 AND 1000", (INTEGER,)),
    ("{0} IN ('Y', 'N')", (LETTER,)),
    ("{0} >= DATE '2000-01-01'", (DAY,)),
    ("({0} IS NOT NULL OR {1} IS NOT NULL)", (WORD, MONEY)),
    ("({0} IS NULL OR {0} <= {1})", (DAY, DAY)),
)
