"""Oracle SQL to PostgreSQL: parsed by sqlglot, written out here, node by node; what is not known is
refused.
"""
