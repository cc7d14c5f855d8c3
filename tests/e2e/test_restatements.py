"""A published month that changes is restated: by how much and why, and it stays on record."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.warehouse.connections import attach, reader, scratch, writer
from dagster_project.warehouse.publication import Publication
from tests.e2e.installation import Installation, differences

pytestmark = pytest.mark.e2e

METRICS = """
    select 'deals_created' as metric, pipeline_id, date_trunc('month', created_on) as month,
        count(*)::decimal(18, 2) as value
    from {deals} where created_on is not null group by all
    union all
    select kind || '_' || outcome, pipeline_id, date_trunc('month', closed_on),
        sum(case when kind = 'deals' then 1 else coalesce(amount, 0) end)::decimal(18, 2)
    from {deals}, (values ('deals'), ('value')) as kinds(kind)
    where outcome <> 'open' and closed_on is not null group by all
"""


def rows(publication: Publication, sql: str) -> list[tuple[Any, ...]]:
    with reader(publication.database) as connection:
        return connection.execute(sql).fetchall()


def restate(installation: Installation) -> None:
    """Behind the pipeline's back: a won deal grows, another is trashed, a lost one comes late."""
    with writer(installation.settings.warehouse_path) as connection:
        won = connection.execute(
            "select id from raw_demo.deals where status = 'won' and not in_trash"
            " and currency = 'RUB' and budget > 0 and closed_at < '2026-05-01' order by id limit 2"
        ).fetchall()
        connection.execute(
            "update raw_demo.deals set budget = budget + 1000.50 where id = ?", won[0]
        )
        connection.execute("update raw_demo.deals set in_trash = true where id = ?", won[1])
        connection.execute(
            "insert into raw_demo.deals by name select 987654321 as id, * exclude (id)"
            " from raw_demo.deals where status = 'lost' and not in_trash"
            " and closed_at < '2026-05-01' order by id limit 1"
        )


def test_changed_months_are_restated_with_their_reasons(installation: Installation) -> None:
    before = installation.publication()
    assert rows(before, "select count(*) from restatements") == [(0,)]
    restate(installation)
    night = installation.run_night()
    assert night.returncode == 0, night.stdout + night.stderr
    after = installation.publication()

    with scratch() as connection:
        attach(connection, before.database, "old")
        attach(connection, after.database, "new")
        expected = connection.execute(
            f"with old as ({METRICS.format(deals='old.main.deals')}),"
            f" new as ({METRICS.format(deals='new.main.deals')})"
            " select metric, pipeline_id, cast(month as date), coalesce(old.value, 0),"
            " coalesce(new.value, 0) from old full outer join new"
            " using (metric, pipeline_id, month)"
            " where old.value is distinct from new.value order by all"
        ).fetchall()
    found = rows(
        after,
        "select metric, pipeline_id, month, max(old_value), max(new_value) from restatements"
        " where previous_publication_id = '" + before.publication_id + "'"
        " group by all having sum(difference) = max(new_value) - max(old_value) order by all",
    )
    assert len(expected) >= 5
    assert found == expected
    reasons = rows(after, "select reason, metric, sum(difference) from restatements group by all")
    assert {(reason, metric) for reason, metric, _ in reasons} == {
        ("amount_corrected", "value_won"),
        *(("deleted_deal", metric) for metric in ("deals_created", "deals_won", "value_won")),
        *(("late_deal", metric) for metric in ("deals_created", "deals_lost", "value_lost")),
    }
    assert ("amount_corrected", "value_won") in {(r, m) for r, m, d in reasons if d == 1000.50}

    night = installation.run_night()
    assert night.returncode == 0, night.stdout + night.stderr
    assert differences(after, installation.publication()) == {}, "it stays on record, and is all"
