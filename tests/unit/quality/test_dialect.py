"""What Great Expectations needs of a DuckDB dialect; run it against each new version of either."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from dagster_project.quality.dialect import open_gate, sql_type


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    candidate, warehouse = tmp_path / "marts.duckdb", tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(candidate)) as connection:
        connection.execute(
            "create table t as select 1 as i, 12.30::decimal(18, 2) as amount,"
            " date '2026-07-01' as day, timestamp '2026-07-01 10:00' as moment,"
            " 0.5::double as share"
        )
        connection.execute("comment on column t.amount is 'Money.'")
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema core; create table core.t as select 7 as j")
        connection.execute("create view core.v as select j from warehouse.core.t")
    return candidate, warehouse


@pytest.fixture
def engine(files: tuple[Path, Path]) -> Iterator[sa.Engine]:
    with open_gate(*files) as connection_string:
        yield sa.create_engine(connection_string)


def test_result_outlives_the_connection(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        result = connection.execute(sa.text("select i from range(3) as r(i)"))
        connection.rollback()
        assert result.fetchone() == (0,)
        assert result.fetchmany(1) == [(1,)]
        assert result.fetchall() == [(2,)]
        assert result.fetchone() is None


def test_values_keep_their_types(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        row = connection.execute(sa.text("select * from t")).one()
    moment = datetime.fromisoformat("2026-07-01 10:00")
    assert tuple(row) == (1, Decimal("12.30"), date(2026, 7, 1), moment, 0.5)
    assert isinstance(row.amount, Decimal)


def test_reflection_knows_both_files(engine: sa.Engine) -> None:
    inspector = sa.inspect(engine)
    columns = {column["name"]: column for column in inspector.get_columns("t")}
    assert str(columns["amount"]["type"]) == "DECIMAL(18, 2)"
    assert columns["amount"]["comment"] == "Money."
    assert [column["name"] for column in inspector.get_columns("t", "warehouse.core")] == ["j"]
    assert [column["name"] for column in inspector.get_columns("v", "warehouse.core")] == ["j"]
    with pytest.raises(sa.exc.NoSuchTableError):
        inspector.get_columns("nothing")


def test_selects_name_tables_and_columns_as_duckdb_does(engine: sa.Engine) -> None:
    table = sa.table("t", sa.column("j"), schema="warehouse.core")
    with engine.connect() as connection:
        assert connection.scalar(sa.select(table.c.j).where(table.c.j == 7).limit(1)) == 7
    odd = sa.select(sa.column("order"), sa.column("qualify"), sa.column("two words"))
    assert str(odd.compile(engine)).split() == [
        "SELECT",
        '"order",',
        '"qualify",',
        '"two',
        'words"',
    ]


@pytest.mark.parametrize(
    ("duckdb_type", "expected"),
    [
        ("DECIMAL(18,2)", "DECIMAL(18, 2)"),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP"),
        ("BOOLEAN", "BOOLEAN"),
        ("INTEGER[]", "VARCHAR"),
    ],
)
def test_type_is_named_as_sqlalchemy_does(duckdb_type: str, expected: str) -> None:
    assert str(sql_type(duckdb_type)) == expected


@pytest.mark.parametrize(
    "statement",
    [
        "insert into t select * from t",
        "insert into warehouse.core.t values (1)",
        "select * from read_csv('/etc/hostname')",
        "copy t to '/tmp/leak.csv'",
        "attach '/tmp/other.duckdb'",
        "set enable_external_access = true",
    ],
)
def test_connection_can_neither_write_nor_leave_its_files(
    engine: sa.Engine, statement: str
) -> None:
    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError):
        connection.execute(sa.text(statement))


def test_files_are_free_afterwards_though_the_engine_lives(files: tuple[Path, Path]) -> None:
    with open_gate(*files) as connection_string:
        engine = sa.create_engine(connection_string)
        kept = engine.connect()
        kept.execute(sa.text("select 1"))
    with duckdb.connect(str(files[1])) as writer:
        writer.execute("insert into core.t values (8)")
    kept.invalidate()
