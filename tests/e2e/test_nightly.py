"""Whole nights in temporary folders: what is published, when nothing is, what people are told."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.dbt_manifest import prepare_manifest
from dagster_project.warehouse.connections import reader, writer
from dagster_project.warehouse.contract import contract_from_manifest
from tests.e2e.installation import Installation, differences

pytestmark = pytest.mark.e2e

CANDIDATE = dg.AssetKey(["publication", "candidate"])
PUBLISHED = dg.AssetKey(["publication", "published"])


def test_night_publishes_every_mart_with_a_passed_audit(installation: Installation) -> None:
    publication = installation.publication()
    contract = contract_from_manifest(prepare_manifest(installation.settings))
    assert publication.audit.passed
    assert publication.audit.checks_run > len(contract)
    with reader(publication.database) as connection:
        tables = {row[0] for row in connection.execute("show tables").fetchall()}
    assert tables >= set(contract)


def test_published_funnel_accounts_for_every_deal_of_the_crm(first_night: Installation) -> None:
    with reader(first_night.publication().database) as connection:
        unbalanced = connection.execute(
            "select count(*) from funnel_stages where reached <> passed + lost + open"
        ).fetchone()
        deals = connection.execute("select count(*) from deals").fetchone()
        entered = connection.execute(
            "select sum(reached) from funnel_stages where cohort_month is null and stage_number = 1"
        ).fetchone()
    with reader(first_night.settings.warehouse_path) as connection:
        extracted = connection.execute(
            "select count(*) from raw_demo.deals"
            " where not in_trash and id not in"
            " (select entity_id from raw_demo.deletion_log where entity_type = 'deal')"
        ).fetchone()
    assert unbalanced == (0,)
    assert deals is not None
    assert entered == deals
    assert deals == extracted


def test_night_ends_with_a_summary_for_people(first_night: Installation) -> None:
    publication = first_night.publication()
    for text in ("Extracted", "deals", "Checks", "Funnel of", "won", "checks.html", "marts.duckdb"):
        assert text in first_night.output
    assert f"{len(publication.audit.tables)} tables" in first_night.output
    assert "Traceback" not in first_night.output


def test_second_night_changes_nothing_but_the_list_of_publications(
    installation: Installation,
) -> None:
    before = installation.publication()
    night = installation.run_night()
    assert night.returncode == 0, night.stdout
    after = installation.publication()
    assert after.publication_id != before.publication_id
    assert after.audit.as_of == before.audit.as_of
    assert differences(before, after) == {}


def run_in_process(*keys: dg.AssetKey) -> tuple[dg.ExecuteInProcessResult, dg.DagsterInstance]:
    from dagster_project.definitions import defs

    instance = dg.DagsterInstance.get()
    result = (
        defs()
        .get_repository_def()
        .get_job("nightly")
        .execute_in_process(instance=instance, asset_selection=list(keys), raise_on_error=False)
    )
    return result, instance


def break_the_funnel(installation: Installation) -> None:
    """Make a stage pass more deals than reached it, behind dbt's back."""
    with writer(installation.settings.warehouse_path) as connection:
        connection.execute("update marts.funnel_stages set passed = reached + 1")


def test_failed_gate_stops_the_publication_in_the_run_and_launched_alone(
    installation: Installation,
) -> None:
    before = installation.publication()
    break_the_funnel(installation)

    result, instance = run_in_process(CANDIDATE, PUBLISHED)
    assert not result.success
    failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert "funnel_stages" in {check.check_name for check in failed}
    assert not result.asset_materializations_for_node("publication__published")
    assert installation.publication() == before

    alone, _ = run_in_process(PUBLISHED)
    assert not alone.success
    [failure] = [event for event in alone.all_events if event.is_step_failure]
    assert "did not pass the gate" in str(failure.step_failure_data.user_failure_data)
    assert installation.publication() == before
    instance.dispose()


def test_candidate_that_was_never_checked_is_not_published(installation: Installation) -> None:
    before = installation.publication()
    from dagster_project.definitions import defs

    job = defs().get_repository_def().get_job("nightly")
    with dg.DagsterInstance.get() as instance:
        built = job.execute_in_process(
            instance=instance, op_selection=["publication__candidate"], raise_on_error=False
        )
        assert built.success
    alone, instance = run_in_process(PUBLISHED)
    assert not alone.success
    [failure] = [event for event in alone.all_events if event.is_step_failure]
    assert "the gate has not checked it" in str(failure.step_failure_data.user_failure_data)
    assert installation.publication() == before
    instance.dispose()


def test_bad_source_data_fails_the_night_and_names_rule_and_rows(
    installation: Installation,
) -> None:
    before = installation.publication()
    with writer(installation.settings.warehouse_path) as connection:
        connection.execute(
            "insert into raw_demo.deals by name"
            " select 987654321 as id, 777 as pipeline_id,"
            " * exclude (id, pipeline_id) from raw_demo.deals limit 1"
        )
    night = installation.run_night()
    assert night.returncode == 1
    assert "Not published" in night.stdout
    assert "pipeline" in night.stdout
    assert "987654321" in night.stdout
    assert before.publication_id in night.stdout
    assert installation.publication() == before


def test_warehouse_in_use_fails_the_night_with_a_clear_reason(installation: Installation) -> None:
    connection = duckdb.connect(str(installation.settings.warehouse_path))
    try:
        night = installation.run_night()
    finally:
        connection.close()
    assert night.returncode == 1
    assert "close it and run again" in night.stdout


def test_wrong_setting_is_named_without_a_stack_trace(tmp_path: Path) -> None:
    installation = Installation(tmp_path, overrides={"VORONKA_TIME_ZONE": "Moscow"})
    night = installation.run_night()
    assert night.returncode == 2
    assert "not an IANA time zone" in night.stderr
    assert "Traceback" not in night.stderr
