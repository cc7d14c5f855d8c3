"""The demo staging models give exactly the canonical model, and personal data stops before them.

The models are run on the raw tables by rendering their only Jinja, `source(...)`, here.
"""

from __future__ import annotations

import duckdb
import jinja2
import pytest
import yaml

from dagster_project.settings import DBT_DIR
from dagster_project.sources.canonical import ENTITIES, ID, Entity
from dagster_project.sources.demo import SOURCE

from .conftest import AS_OF, Raw

STAGING = DBT_DIR / "models" / "staging" / "demo"
KEY = r"demo:\d+"
PERSONAL = ("phone", "email", "address")


def sql_of(entity: str) -> str:
    text = (STAGING / f"stg_demo__{entity}.sql").read_text(encoding="utf-8")
    template = jinja2.Template(text, undefined=jinja2.StrictUndefined)
    return template.render(source=lambda schema, table: f"{schema}.{table}")


@pytest.fixture(scope="module")
def staged(raw_at: Raw) -> duckdb.DuckDBPyConnection:
    connection = raw_at(3_000, 7, AS_OF)
    connection.execute("create schema if not exists staging")
    for entity in ENTITIES:
        connection.execute(f"create or replace view staging.{entity} as {sql_of(entity)}")
    return connection


def columns_of(entity: Entity) -> dict[str, str]:
    source = {} if "source" in entity.columns else {"source": "varchar"}
    return source | entity.columns


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.name)
def test_staging_has_the_canonical_columns_and_types(
    staged: duckdb.DuckDBPyConnection, entity: Entity
) -> None:
    described = staged.execute(f"describe staging.{entity.name}").fetchall()
    types = {name: kind.lower().replace(",", ", ") for name, kind, *_ in described}
    expected = {name: kind.lower().replace(",", ", ") for name, kind in columns_of(entity).items()}
    assert list(types.items()) == list(expected.items())


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.name)
def test_staging_keys_carry_the_source(staged: duckdb.DuckDBPyConnection, entity: Entity) -> None:
    keys = {name for name in entity.columns if name.endswith("_id") or name in ("id", "moved_by")}
    assert all(entity.columns[name] == ID for name in keys)
    for name in keys - ({"line_id"} if entity.name == "order_lines" else set()):
        wrong = staged.execute(
            f"select count(*) from staging.{entity.name} where not regexp_full_match({name}, $1)",
            [KEY],
        ).fetchone()
        assert wrong == (0,), name
    required = [*entity.key, *entity.required]
    nulls = " or ".join(f"{name} is null" for name in required)
    missing = staged.execute(f"select count(*) from staging.{entity.name} where {nulls}").fetchone()
    assert missing == (0,)


def test_no_personal_data_leaves_raw(staged: duckdb.DuckDBPyConnection) -> None:
    """Neither a column named after it nor a value equal to it, in any text column of staging."""
    for column in PERSONAL:
        known = staged.execute(f"select count({column}) from raw_demo.clients").fetchone()
        assert known is not None
        assert known[0] > 100, "there is personal data to hide"
    for entity in ENTITIES:
        for name, kind, *_ in staged.execute(f"describe staging.{entity}").fetchall():
            assert not any(word in name for word in PERSONAL), f"{entity}.{name}"
            if kind != "VARCHAR":
                continue
            leaked = staged.execute(
                f"""
                select count(*) from staging.{entity} where {name} in (
                    select unnest([phone, email, address]) from raw_demo.clients
                    union all select email from raw_demo.users
                )
                """
            ).fetchone()
            assert leaked == (0,), f"{entity}.{name}"


def test_deletions_and_deals_agree_on_what_is_deleted(staged: duckdb.DuckDBPyConnection) -> None:
    found = staged.execute(
        """
        select count(*) filter (is_deleted), count(*) filter (is_deleted <> (deal_id in (
            select id from staging.deletions where entity = 'deals'))), count(*),
            count(distinct deal_id)
        from staging.deals
        """
    ).fetchone()
    assert found is not None
    deleted, differing, total, distinct = found
    assert deleted > 10
    assert differing == 0
    assert total == distinct, "the join with deletions repeats no deal"


def test_every_role_and_reason_category_is_mapped(staged: duckdb.DuckDBPyConnection) -> None:
    roles = staged.execute(
        "select count(*) from staging.stages where (role is null) <> (kind <> 'open')"
    ).fetchone()
    assert roles == (0,)
    categories = staged.execute(
        "select count(distinct category), count(*) from staging.lost_reasons"
    ).fetchone()
    assert categories == (8, 8)


def test_staging_documents_every_column_and_source() -> None:
    for entity in ENTITIES.values():
        text = (STAGING / f"stg_demo__{entity.name}.yml").read_text(encoding="utf-8")
        (model,) = yaml.safe_load(text)["models"]
        assert model["name"] == f"stg_demo__{entity.name}"
        assert model["description"].startswith("One row")
        assert [column["name"] for column in model["columns"]] == list(columns_of(entity))
        assert all(column["description"] for column in model["columns"])
    sources = yaml.safe_load((STAGING / "_sources.yml").read_text(encoding="utf-8"))["sources"]
    (raw_demo,) = sources
    assert sorted(table["name"] for table in raw_demo["tables"]) == sorted(SOURCE.tables)
    for table in raw_demo["tables"]:
        key = table["config"]["meta"]["dagster"]["asset_key"]
        assert key == [SOURCE.raw_schema, table["name"]]
