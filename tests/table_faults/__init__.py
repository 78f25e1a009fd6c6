"""Every fault that can be scoped to a table, on each table of a world: that table is named, the
others hold.
"""
