"""Whole tables at the speed of the wire: both databases write each row as one exact text, equal
texts are equal rows.

Writing the text is left to the databases, in SQL made from the same rules that compare values in
memory; here rows are held against each other as bytes, thousands at a time. Only where two texts
differ are they taken apart again. A text is never a digest: every digit and every character of the
compared columns is in it.
"""
