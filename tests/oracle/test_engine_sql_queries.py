"""Hierarchies, recursion, grouping sets, pivots, analytic functions, row limits: by Oracle's
documented rules.
"""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer

SET_UP = (
    (
        "create table staff (id number(4) primary key, name varchar2(10), boss number(4), pay "
        "number(7,2), dept number(2))"
    ),
    "insert into staff values (1, 'KING', null, 5000, 10)",
    "insert into staff values (2, 'JONES', 1, 2975, 20)",
    "insert into staff values (3, 'BLAKE', 1, 2850, 30)",
    "insert into staff values (4, 'SCOTT', 2, 3000, 20)",
    "insert into staff values (5, 'FORD', 2, 3000, 20)",
    "insert into staff values (6, 'ALLEN', 3, 1600, 30)",
    "insert into staff values (7, 'WARD', 3, 1250, 30)",
    "insert into staff values (8, 'SMITH', 5, 800, 20)",
    "create table ring (a number, b number)",
    "insert into ring values (1, 2)",
    "insert into ring values (2, 1)",
    "create table gaps (k number, v number)",
    "insert into gaps values (1, 10)",
    "insert into gaps values (2, null)",
    "insert into gaps values (3, 30)",
    (
        "create table moments (a timestamp(3), b timestamp, c timestamp(9), d timestamp(2) with "
        "time "
        "zone, e date)"
    ),
    "insert into moments values (timestamp '2024-02-29 10:00:00.12', timestamp '2024-02-29 "
    "10:00:00.12', "
    "timestamp '2024-02-29 10:00:00.123456789', timestamp '2024-02-29 10:00:00.5 +01:00', date "
    "'2024-02-29')",
)

HIERARCHIES = [
    ("select level from dual connect by level <= 3", [(1,), (2,), (3,)]),
    ("select rownum r from dual connect by rownum <= 3", [(1,), (2,), (3,)]),
    (
        "select count(*), max(l) from (select level l from dual connect by level <= 5000)",
        [(5000, 5000)],
    ),
    ("select level * 2 x from dual connect by level < 3 order by x desc", [(4,), (2,)]),
    (
        (
            "select level, name from staff start with boss is null connect by prior id = boss "
            "order "
            "siblings by name"
        ),
        [
            (1, "KING"),
            (2, "BLAKE"),
            (3, "ALLEN"),
            (3, "WARD"),
            (2, "JONES"),
            (3, "FORD"),
            (4, "SMITH"),
            (3, "SCOTT"),
        ],
    ),
    (
        "select lpad(' ', 2 * (level - 1)) || s.name tree from staff s start with s.id = 2 "
        "connect by s.boss = prior s.id order siblings by s.name desc",
        [("JONES",), ("  SCOTT",), ("  FORD",), ("    SMITH",)],
    ),
    (
        "select name, sys_connect_by_path(name, '/') p, connect_by_root name r, "
        "connect_by_isleaf leaf, prior name b "
        "from staff where level > 2 start with boss is null connect by prior id = boss order by "
        "name",
        [
            ("ALLEN", "/KING/BLAKE/ALLEN", "KING", 1, "BLAKE"),
            ("FORD", "/KING/JONES/FORD", "KING", 0, "JONES"),
            ("SCOTT", "/KING/JONES/SCOTT", "KING", 1, "JONES"),
            ("SMITH", "/KING/JONES/FORD/SMITH", "KING", 1, "FORD"),
            ("WARD", "/KING/BLAKE/WARD", "KING", 1, "BLAKE"),
        ],
    ),
    ("select * from ring start with a = 1 connect by nocycle prior b = a", [(1, 2), (2, 1)]),
    (
        "select a, connect_by_iscycle c from ring start with a = 1 connect by nocycle prior b = a",
        [(1, 0), (2, 1)],
    ),
    (
        (
            "select dept, count(*) from staff start with boss is null connect by prior id = boss "
            "group by dept order by 1"
        ),
        [(10, 1), (20, 4), (30, 3)],
    ),
    (
        "select name from staff where rownum <= 2 start with id = 5 connect by id = prior boss",
        [("FORD",), ("JONES",)],
    ),
    (
        "select id, level from staff connect by prior id = id and prior sys_guid() is not null "
        "and level <= 2 "
        "start with id = 8",
        [(8, 1), (8, 2)],
    ),
    (
        "with t (n, f) as (select 1, 1 from dual union all select n + 1, f * (n + 1) from t "
        "where n < 5) "
        "select n, f from t order by n",
        [(1, 1), (2, 2), (3, 6), (4, 24), (5, 120)],
    ),
    (
        "with tree (id, name, lvl) as (select id, name, 1 from staff where boss is null union all "
        "select s.id, s.name, t.lvl + 1 from staff s join tree t on s.boss = t.id) "
        "search depth first by name set o select name, lvl from tree order by o",
        [
            ("KING", 1),
            ("BLAKE", 2),
            ("ALLEN", 3),
            ("WARD", 3),
            ("JONES", 2),
            ("FORD", 3),
            ("SMITH", 4),
            ("SCOTT", 3),
        ],
    ),
    (
        "with t (a, b) as (select a, b from ring where a = 1 union all select r.a, r.b from ring "
        "r, t where r.a = t.b) "
        "cycle a set c to 'Y' default 'N' select a, c from t order by c, a",
        [(1, "N"), (2, "N"), (1, "Y")],
    ),
    ("with a as (select 1 x from dual), b as (select x + 1 y from a) select * from a, b", [(1, 2)]),
]
GROUPS = [
    (
        "select dept, sum(pay), grouping(dept) g from staff group by rollup(dept) order by g, dept",
        [(10, 5000, 0), (20, 9775, 0), (30, 5700, 0), (None, 20475, 1)],
    ),
    (
        "select dept, boss, count(*) c, grouping_id(dept, boss) g from staff where dept = 20 "
        "group by cube(dept, boss) "
        "order by g, boss",
        [
            (20, 1, 1, 0),
            (20, 2, 2, 0),
            (20, 5, 1, 0),
            (20, None, 4, 1),
            (None, 1, 1, 2),
            (None, 2, 2, 2),
            (None, 5, 1, 2),
            (None, None, 4, 3),
        ],
    ),
    (
        "select dept, boss, count(*) c from staff where id < 4 group by grouping sets ((dept), "
        "(boss), ()) "
        "order by dept, boss nulls first, c",
        [
            (10, None, 1),
            (20, None, 1),
            (30, None, 1),
            (None, None, 1),
            (None, None, 3),
            (None, 1, 2),
        ],
    ),
    (
        "select * from (select dept, boss, pay from staff) pivot (sum(pay) s, count(*) n for "
        "dept in (10 as d10, 20)) "
        "where boss is null or boss = 2 order by boss",
        [(2, None, 0, 6000, 2), (None, 5000, 1, None, 0)],
    ),
    (
        (
            "select * from (select dept, pay from staff) pivot (sum(pay) for dept in (10, 20 as "
            "d20, "
            "99))"
        ),
        [(5000, 9775, None)],
    ),
    (
        "select * from gaps unpivot (n for what in (k, v as 'value')) order by 1, 2",
        [("K", 1), ("K", 2), ("K", 3), ("value", 10), ("value", 30)],
    ),
    ("select count(*) from gaps unpivot include nulls (n for what in (k, v))", [(6,)]),
    (
        "select listagg(name, ',') within group (order by name) from staff where dept = 30",
        [("ALLEN,BLAKE,WARD",)],
    ),
    ("select listagg(distinct dept, ',') within group (order by dept) from staff", [("10,20,30",)]),
    ("select listagg(v) within group (order by k) from gaps", [("1030",)]),
    (
        "select distinct dept, listagg(id, '-') within group (order by id desc) over (partition "
        "by dept) l "
        "from staff order by dept",
        [(10, "1"), (20, "8-5-4-2"), (30, "7-6-3")],
    ),
    ("select median(pay), median(v) from staff, gaps where k = 1", [(2912.5, 10)]),
    (
        "select percentile_cont(0.5) within group (order by pay), percentile_disc(0.5) within "
        "group (order by pay), "
        "percentile_cont(0.25) within group (order by pay desc) from staff",
        [(2912.5, 2850, 3000)],
    ),
    (
        "select stddev(v), variance(v), var_pop(v), var_samp(k) from gaps where v is not null",
        [(200**0.5, 200, 100, 2)],
    ),
    ("select stddev(pay), stddev_samp(pay) from staff where id = 1", [(0, None)]),
    (
        "select min(name) keep (dense_rank first order by pay desc), "
        "max(name) keep (dense_rank last order by pay desc), "
        "count(*) keep (dense_rank last order by pay) from staff where dept = 20",
        [("FORD", "SMITH", 2)],
    ),
    (
        (
            "select dept, sum(pay) keep (dense_rank first order by boss nulls last) s from staff "
            "group by dept order by 1"
        ),
        [(10, 5000), (20, 2975), (30, 2850)],
    ),
]
WINDOWS = [
    (
        "select name, rank() over (order by pay desc) r, dense_rank() over (order by pay desc) d "
        "from staff "
        "where dept = 20 order by r, name",
        [("FORD", 1, 1), ("SCOTT", 1, 1), ("JONES", 3, 2), ("SMITH", 4, 3)],
    ),
    (
        (
            "select k, lag(v) over (order by k) p, lead(v, 1, -1) over (order by k) n from gaps "
            "order by k"
        ),
        [(1, None, None), (2, 10, 30), (3, None, -1)],
    ),
    (
        "select k, lag(v) ignore nulls over (order by k) p, lead(v ignore nulls) over (order by "
        "k) n "
        "from gaps order by k",
        [(1, None, 30), (2, 10, 30), (3, 10, None)],
    ),
    (
        "select k, last_value(v ignore nulls) over (order by k) l from gaps order by k",
        [(1, 10), (2, 10), (3, 30)],
    ),
    (
        "select k, first_value(v) ignore nulls over (order by k desc) l from gaps order by k",
        [(1, 30), (2, 30), (3, 30)],
    ),
    (
        "select id, ratio_to_report(pay) over (partition by dept) r from staff where id = 1",
        [(1, 1)],
    ),
    (
        "select id, ntile(2) over (order by id) t from staff where id < 4 order by id",
        [(1, 1), (2, 1), (3, 2)],
    ),
    (
        "select id, cume_dist() over (order by pay) c, percent_rank() over (order by pay) p from "
        "staff "
        "where id in (2, 4, 5, 8) order by id",
        [(2, 0.5, 1 / 3), (4, 1, 2 / 3), (5, 1, 2 / 3), (8, 0.25, 0)],
    ),
    (
        "select k, nth_value(k, 2) from first over "
        "(order by k rows between unbounded preceding and unbounded following) n "
        "from gaps order by k",
        [(1, 2), (2, 2), (3, 2)],
    ),
    (
        (
            "select k, sum(k) over (order by k range between 1 preceding and current row) s from "
            "gaps order by k"
        ),
        [(1, 1), (2, 3), (3, 5)],
    ),
    (
        "select k, sum(k) over (order by k rows 1 preceding) s from gaps order by k",
        [(1, 1), (2, 3), (3, 5)],
    ),
    ("select k, median(k) over () m from gaps order by k", [(1, 2), (2, 2), (3, 2)]),
]

ROWS = [
    ("select name from staff where (dept, pay) = ((20, '800'))", [("SMITH",)]),
    (
        "select name from staff where (dept, id) <> (('30', 6)) and dept = 30 order by id",
        [("BLAKE",), ("WARD",)],
    ),
    ("select count(*) from staff where (boss, id) <> ((null, 1))", [(7,)]),
    ("select v from gaps order by v", [(10,), (30,), (None,)]),
    ("select v from gaps order by v desc", [(None,), (30,), (10,)]),
    ("select v from gaps order by v desc nulls last", [(30,), (10,), (None,)]),
    (
        "select name from staff order by pay desc, name fetch first 25 percent rows only",
        [("KING",), ("FORD",)],
    ),
    ("select name from staff order by pay desc, name fetch first 1 rows only", [("KING",)]),
    (
        "select name from staff order by pay desc offset 1 rows fetch next 1 rows with ties",
        [("FORD",), ("SCOTT",)],
    ),
    ("select k from gaps fetch first 1 percent rows only", [(1,)]),
    (
        "select to_char(a), to_char(b), to_char(d) from moments",
        [
            (
                "29-FEB-24 10.00.00.120 AM",
                "29-FEB-24 10.00.00.120000 AM",
                "29-FEB-24 10.00.00.50 AM +01:00",
            )
        ],
    ),
    (
        "select to_char(a, 'SSXFF'), to_char(m.c, 'SS.FF') from moments m",
        [("00.120", "00.123456789")],
    ),
    (
        "select a || '', to_char(x, 'FF') from (select a, a x from moments)",
        [("29-FEB-24 10.00.00.120 AM", "120")],
    ),
    ("with q as (select * from moments) select to_char(a, 'FF\"FF\"') from q", [("120FF",)]),
    (
        (
            "select to_char(cast(c as timestamp(1)), 'FF'), to_char(timestamp '2024-02-29 "
            "1:2:3.5', "
            "'FF') from moments"
        ),
        [("1", "500000000")],
    ),
    (
        "select * from ring r, gaps g where r.a(+) = g.k order by g.k desc",
        [(None, None, 3, 30), (2, 1, 2, None), (1, 2, 1, 10)],
    ),
    ("select k x from gaps order by -x", [(3,), (2,), (1,)]),
    (
        "select dept x, count(*) from staff group by dept order by mod(x, 20), x",
        [(20, 4), (10, 1), (30, 3)],
    ),
    (
        "select cast('b' as char(3)) x from dual union select 'b' from dual order by 1",
        [("b",), ("b  ",)],
    ),
    (
        "select x from (select cast('b' as char(3)) x from dual) minus select 'b' from dual",
        [("b  ",)],
    ),
    (
        "select id, rank() over (order by id desc) r from staff where rownum <= 3 order by r",
        [(3, 1), (2, 2), (1, 3)],
    ),
    (
        "select * from (select a.*, rownum rn from (select name from staff order by name) a "
        "where rownum <= 4) "
        "where rn > 2",
        [("FORD", 3), ("JONES", 4)],
    ),
    ("select k from gaps where k in (1, 2) minus select 2 from dual", [(1,)]),
    ("select k from gaps intersect select 2 from dual", [(2,)]),
    (
        "select name from staff where (dept, pay) in ((10, 5000), (30, 1250)) order by 1",
        [("KING",), ("WARD",)],
    ),
    (
        (
            "select name from staff where (dept, pay) in (select dept, min(pay) from staff group "
            "by "
            "dept) order by 1"
        ),
        [("KING",), ("SMITH",), ("WARD",)],
    ),
    ("select k from gaps where k = any (1, 3) order by k", [(1,), (3,)]),
    ("select k from gaps where k >= all (1, 3)", [(3,)]),
    ("select k from gaps where k > all (select k from gaps where k < 3)", [(3,)]),
    ("select k from gaps where lnnvl(v > 10) order by k", [(1,), (2,)]),
    (
        "select s.name, b.name from staff s, staff b where s.boss = b.id (+) and s.dept = 10",
        [("KING", None)],
    ),
    ("select (select max(k) from gaps) m from dual", [(3,)]),
    ("select versions from (select k versions from gaps) where versions between 2 and 2", [(2,)]),
    (
        "select g.k, x.n from gaps g cross apply (select g.k * 2 n from dual) x order by 1",
        [(1, 2), (2, 4), (3, 6)],
    ),
    (
        (
            "select g.k, x.n from gaps g outer apply (select name n from staff where id = g.v) x "
            "where k = 1"
        ),
        [(1, None)],
    ),
    ("select g.k, x.n from gaps g, lateral (select g.k + 1 n from dual) x where k = 1", [(1, 2)]),
]

REFUSED = [
    ("select * from ring start with a = 1 connect by prior b = a", 1436),
    ("select name from staff where level = 1", 1788),
    ("select prior name from staff", 1788),
    ("select s.name from staff s join gaps g on s.id = g.k connect by prior s.id = s.boss", 3001),
    (
        (
            "with t as (select 1 n from dual union all select n + 1 from t where n < 3) select * "
            "from t"
        ),
        32039,
    ),
    (
        "with t (n) as (select 1 from dual union select n + 1 from t where n < 3) select * from t",
        32040,
    ),
    ("with t (n) as (select 1 from dual union all select n from t) select count(*) from t", 32044),
    ("select listagg(rpad(name, 600), ',') within group (order by name) from staff", 1489),
    (
        "select listagg(name, ',' on overflow truncate) within group (order by name) from staff",
        3001,
    ),
    (
        "select max(pay) keep (dense_rank first order by id) over (partition by dept) from staff",
        3001,
    ),
    ("select rank() over (partition by dept) from staff", 30485),
    ("select lag(pay, 2) ignore nulls over (order by id) from staff", 3001),
    ("select count(distinct dept) over () from staff", 3001),
    ("select sum(pay) over w from staff window w as (order by id)", 3001),
    ("select name, sum(pay) from staff group by dept", 979),
    ("select pay * 2 x from staff group by x", 904),
    ("select distinct name from staff order by id", 1791),
    ("select max(count(*)) from staff group by dept", 3001),
    ("select name from staff where max(pay) > 1", 934),
    ("select 1 from ring r, gaps g where r.a = g.k(+) and g.k(+) in (1, 2)", 1719),
    ("select to_char(a + interval '1' second, 'FF') from moments", 3001),
    ("select to_char(cast(a as timestamp(0)), 'FF') from moments", 3001),
    ("select to_char(e, 'FF3') from moments", 1821),
    ("select name from staff order by 2", 1785),
    ("select * from staff@other", 2019),
    ("select * from staff versions between scn minvalue and maxvalue", 3001),
    ("select * from staff sample (10)", 3001),
    ("select corr(pay, id) from staff", 3001),
    ("select median(sysdate) from staff", 3001),
    ("select (select k from gaps) from dual", 1427),
    ("update (select * from staff) set pay = 1", 3001),
    ("delete from (select * from staff)", 3001),
]


@pytest.fixture(scope="module")
def cursor(oracle_server: WireServer) -> Iterator[oracledb.Cursor]:
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        for statement in SET_UP:
            cursor.execute(statement)
        connection.commit()
        yield cursor
        for table in ("staff", "ring", "gaps", "moments"):
            cursor.execute(f"drop table {table}")


@pytest.mark.parametrize(("query", "rows"), HIERARCHIES + GROUPS + WINDOWS + ROWS)
def test_a_query_yields_these_rows(
    cursor: oracledb.Cursor, query: str, rows: list[tuple[object, ...]]
) -> None:
    assert cursor.execute(query).fetchall() == [
        tuple(pytest.approx(cell) for cell in row) for row in rows
    ]


@pytest.mark.parametrize(
    ("frame", "distances", "expected"),
    [
        ("rows between :1 preceding and :2 following", (1, 1), [1, 1, 2, 3, 4, 5, 6, 7]),
        ("rows between :1 following and :2 following", (2, 5), [3, 4, 5, 6, 7, 8, None, None]),
        ("rows :1 preceding", ("2",), [1, 1, 1, 2, 3, 4, 5, 6]),
        ("range between :1 preceding and :2 preceding", (2.5, 1), [None, 1, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_distances_of_a_window_may_be_binds(
    cursor: oracledb.Cursor, frame: str, distances: tuple[object, ...], expected: list[int | None]
) -> None:
    query = f"select min(id) over (order by id {frame}) from staff order by id"
    assert [value for (value,) in cursor.execute(query, distances)] == expected


@pytest.mark.parametrize(("distance", "code"), [(1.5, "ORA-01722"), (-1, "ORA-01428")])
def test_distances_in_rows_are_whole_and_positive(
    cursor: oracledb.Cursor, distance: float, code: str
) -> None:
    with pytest.raises(oracledb.DatabaseError, match=code):
        cursor.execute(
            "select min(id) over (order by id rows :1 preceding) from staff", [distance]
        ).fetchall()


@pytest.mark.parametrize(("query", "code"), REFUSED)
def test_what_is_not_answered_is_refused(cursor: oracledb.Cursor, query: str, code: int) -> None:
    with pytest.raises(oracledb.DatabaseError, match=f"ORA-{code:05}"):
        cursor.execute(query).fetchall()


def test_the_columns_of_a_hierarchy_and_of_a_pivot_have_oracles_names(
    cursor: oracledb.Cursor,
) -> None:
    cursor.execute("select level, s.* from staff s start with id = 1 connect by prior id = boss")
    assert [fact.name for fact in cursor.description] == [
        "LEVEL",
        "ID",
        "NAME",
        "BOSS",
        "PAY",
        "DEPT",
    ]
    cursor.execute(
        "select * from (select dept, pay from staff) pivot (sum(pay) s for dept in (10, 20 as d))"
    )
    assert [fact.name for fact in cursor.description] == ["10_S", "D_S"]


@pytest.mark.parametrize("joined", ["OR", "AND"])
def test_a_condition_of_many_parts_has_no_depth(oracle_server: WireServer, joined: str) -> None:
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("create table three (a number, b varchar2(20), c char(3), d number)")
        cursor.execute("insert into three values (499, 'w499', 'abc', 7)")
        parts = (f"(a = :a{n} AND b = :b{n} AND c = :c{n})" for n in range(500))
        binds = {f"{name}{n}": value for n in range(500) for name, value in _key(n)}
        found = cursor.execute(
            f"select d from three where {f' {joined} '.join(parts)} or d = 8", binds
        ).fetchall()
        assert found == ([(7,)] if joined == "OR" else [])
        cursor.execute("drop table three")


def _key(number: int) -> tuple[tuple[str, object], ...]:
    return ("a", number), ("b", f"w{number}"), ("c", "abc")
