"""ROWID, and ``*`` over tables that keep it in a hidden column.

Every table of the store has one more column than Oracle knows of. Its value is given once, by its
default, so it stays with the row whatever an update changes. ``*`` is written out wherever it would
show that column.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from lab.oracle.engine.facts import Relation
from lab.oracle.engine.lexer import quote
from lab.oracle.engine.translate.blocks import Block, Source
from lab.oracle.engine.translate.context import Context, name_of
from lab.oracle.engine.translate.dialect import unsupported
from lab.oracle.engine.translate.names import output_names
from lab.oracle.interface import OracleError

#: a name that no identifier of Oracle can have
HIDDEN = quote('ora"rowid')
_NARROW = "without hidden columns"


def enter(node: exp.Select, context: Context) -> None:
    """Makes the FROM clause of a query block known; ``context.blocks.pop()`` ends that."""
    sources = block_of([node.args["from_"].this, *(join.this for join in _joins(node))], context)
    joins = [
        join
        for part in (node, *(source.node for source in sources.sources))
        for join in _joins(part)
    ]
    natural = any(str(join.args.get("method") or "").upper() == "NATURAL" for join in joins)
    merged = any(join.args.get("using") for join in joins) and any(
        isinstance(x, exp.Star) for x in node.expressions
    )
    obstacle = "with CONNECT BY" if node.args.get("connect") else ""
    if natural or merged:
        obstacle = "with NATURAL JOIN, or with USING and *"
        for source in sources.sources:
            if source.has_rowid:
                source.node.meta[_NARROW] = True
    if len(sources.sources) > 1 and any(source.has_rowid for source in sources.sources):
        for place, source in enumerate(sources.sources):
            _name(source.node, f"ora$source{place}")
        sources = block_of([source.node for source in sources.sources], context, flat=True)
    context.blocks.append(Block(sources.sources, obstacle))


def _joins(node: exp.Expression) -> list[exp.Join]:
    return node.args.get("joins") or []


def block_of(nodes: Sequence[exp.Expression], context: Context, *, flat: bool = False) -> Block:
    """The sources among these parts of a FROM clause and, unless ``flat``, what they are joined
    with.
    """
    found: list[Source] = []
    for node in nodes:
        while isinstance(node, exp.Paren):
            node = node.this
        found.append(_source(node, context))
        if not flat:
            found += block_of([join.this for join in _joins(node)], context).sources
    return Block(tuple(found))


def _source(node: exp.Expression, context: Context) -> Source:
    alias = _alias_holder(node).args.get("alias")
    label = name_of(alias.this) if alias else ""
    if (
        not isinstance(node, exp.Table)
        or not isinstance(node.this, exp.Identifier)
        or node.args.get("pivots")
    ):
        return Source(node, label, "", None)
    name = name_of(node.this)
    schema = name_of(node.args["db"]) if node.args.get("db") else None
    if schema is None and name in context.common:
        return Source(node, label or name, "", None)
    found = context.catalog.find(schema, name, context.schema)
    return Source(node, label or name, schema or (found.schema if found else ""), found)


def _alias_holder(node: exp.Expression) -> exp.Expression:
    """Behind a PIVOT the alias is that of the clause."""
    pivots = node.args.get("pivots")
    return pivots[0] if pivots else node


def _name(node: exp.Expression, name: str) -> None:
    """An inline view without an alias gets one, so that its columns can be asked for."""
    holder = _alias_holder(node)
    if not holder.args.get("alias") and (holder is not node or not isinstance(node, exp.Table)):
        holder.set("alias", exp.TableAlias(this=exp.Identifier(this=name, quoted=True)))


def narrowed(node: exp.Table, relation: Relation) -> str | None:
    """The table as an inline view of its visible columns, where a join by names must not see the
    hidden one.
    """
    if not node.meta.get(_NARROW):
        return None
    return f"(SELECT {', '.join(map(quote, relation.columns))} FROM {relation.stored})"


def star(path: Sequence[str], context: Context) -> str | None:
    """``*`` or ``alias.*`` written out; None where the store's own ``*`` gives the same."""
    block = context.blocks[-1] if context.blocks else Block(())
    chosen = block.named(path) if path else list(block.sources)
    if not any(source.has_rowid and not source.node.meta.get(_NARROW) for source in chosen):
        return None
    return ", ".join(_columns(source, block) for source in chosen)


def _columns(source: Source, block: Block) -> str:
    owner = _owner(source, block)
    if not source.has_rowid or source.relation is None:
        return f"{owner}.*"
    return ", ".join(f"{owner}.{quote(name)}" for name in source.relation.columns)


def _owner(source: Source, block: Block) -> str:
    """What stands before a column's name: with the schema only where two tables of several schemas
    share a name.
    """
    relation = source.relation
    is_shared = len(block.named([source.label])) > 1
    if (
        is_shared
        and relation is not None
        and not source.node.args.get("alias")
        and not relation.lifetime
    ):
        return relation.stored
    return quote(source.label)


def rowid_sql(path: Sequence[str], context: Context) -> str:
    """The pseudo-column ROWID, with what stands before it. Raises ORA-00918 over a join without
    that.
    """
    source, owner = meant("ROWID", path, context)
    if source.has_rowid:
        return f"{owner}.{HIDDEN}"
    if written := passed_on("ROWID", source, owner, context):
        return written
    raise unsupported(
        "ROWID of a view" if source.relation is not None else "ROWID of an inline view"
    )


def meant(name: str, path: Sequence[str], context: Context) -> tuple[Source, str]:
    """The table whose pseudo-column ``name`` is asked for behind ``path``, and what stands before
    its columns. Raises ORA-00918 over a join without a path, ORA-00904 for a path of nothing.
    """
    block, sources = _meant(name, path, context)
    if block.obstacle:
        raise unsupported(f"{name} {block.obstacle}")
    if len(sources) > 1:
        raise OracleError(918, "column ambiguously defined", context.offset_of(name))
    return sources[0], _owner(sources[0], block)


def _meant(name: str, path: Sequence[str], context: Context) -> tuple[Block, list[Source]]:
    if not context.blocks:
        raise unsupported(f"{name} in this place")
    if not path:
        return context.blocks[-1], list(context.blocks[-1].sources)
    for block in reversed(context.blocks):
        if found := block.named(path):
            return block, found
    raise OracleError(904, f'"{path[-1]}"."{name}": invalid identifier', context.offset_of(name))


def passed_on(name: str, source: Source, owner: str, context: Context) -> str | None:
    """The column of an inline view or WITH query that is called like a pseudo-column; None where it
    has none.
    """
    if source.relation is not None:
        return None
    try:
        if name not in output_names(source.node, context):
            return None
    except OracleError:
        return None
    return f"{owner}.{quote(name)}" if source.label else quote(name)


def named_path(column: exp.Column) -> list[str]:
    """What stands before a column's name: [schema and] table."""
    return [name_of(column.args[part]) for part in ("db", "table") if column.args.get(part)]


def is_rowid(node: exp.Expression) -> bool:
    """Whether this names the pseudo-column."""
    if not isinstance(node, exp.Column) or not isinstance(node.this, exp.Identifier):
        return False
    return not node.this.args.get("quoted") and str(node.this.this).upper() == "ROWID"


def converted_once(node: exp.Expression, other: exp.Expression, text: str) -> str:
    """``text`` is that of ``node``, compared with ``other``: beside ROWID a bind or literal is
    converted only once.
    """
    if is_rowid(other) and isinstance(node, (exp.Placeholder, exp.Literal)):
        return f"(SELECT ora.c_rowid(ora.c_str({text})))"
    return text
