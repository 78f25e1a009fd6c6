"""Whole tables behind a thin network: both databases add up 128-bit digests of their rows, and only
those move.

Ranges of keys whose digests are equal are done with; the others are cut smaller until they are few
enough rows to be read and compared as everywhere else. Equality is then by digest (MD5, 128 bits),
not by bytes: that keeps out every accident, but nobody who builds colliding rows on purpose, and
the report says so.
"""
