"""Transformation: every dbt model, its tests as asset checks, in one `dbt build`.

The models are not partitioned: marts are rebuilt in full from raw, so a late or repeated window
gives the same reports as one in order. Only snapshots accumulate: see `warehouse.snapshots`.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtCliRuntimeError,
    DagsterDbtTranslator,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)

from dagster_project.code_version import code_version
from dagster_project.column_sources import column_sources
from dagster_project.dbt_manifest import (
    DBT_EXECUTABLE,
    dbt_environment,
    dbt_target_dir,
    dbt_vars_argument,
    read_manifest,
)
from dagster_project.defs.extract import WRITER_POOL
from dagster_project.row_counts import row_counts
from dagster_project.settings import DBT_DIR, Settings, get_settings
from dagster_project.warehouse.connections import WarehouseLocked, warehouse_lock
from dagster_project.warehouse.ops import record_transform
from dagster_project.warehouse.previous import load_previous
from dagster_project.warehouse.snapshots import keep_snapshots, restore_snapshots


class StageTranslator(DagsterDbtTranslator):
    """Groups models by stage (their schema) and keeps descriptions free of SQL."""

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """The asset of a dbt model, seed or source: key [schema, name], group = schema."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        properties = self.get_resource_props(manifest, unique_id)
        if properties["resource_type"] == "source":
            return spec
        return spec.replace_attributes(
            group_name=properties["schema"], description=properties["description"]
        )


def build_dbt_assets(settings: Settings) -> dg.AssetsDefinition:
    """All dbt models, seeds and snapshots as the assets of one step."""

    @dbt_assets(
        manifest=read_manifest(settings),
        dagster_dbt_translator=StageTranslator(),
        name="dbt_build",
        pool=WRITER_POOL,
    )
    def dbt_build(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
        command = ["build", *dbt_vars_argument(settings), "--exclude-resource-type", "unit_test"]
        with (
            warehouse_lock(settings.warehouse_path, "dbt build"),
            recorded(settings, context.run_id),
        ):
            restore_snapshots(settings)
            load_previous(settings)
            yield from run_dbt(context, dbt, command, settings)
            keep_snapshots(settings)

    return dbt_build


def run_dbt(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, command: list[str], settings: Settings
) -> Iterator[Any]:
    """Run dbt and yield what it made, with rows and source columns of each table.

    Everything is yielded when dbt has ended: while it runs, nobody else can read the warehouse to
    count rows. dbt's own log, line by line, is the step's standard output.
    """
    build = dbt.cli(command, context=context, target_path=dbt_target_dir(settings) / "build")
    events: list[Any] = []
    failure: Exception | None = None
    try:
        events.extend(build.stream())
    except DagsterDbtCliRuntimeError as error:
        failure = error
    except KeyError as error:
        raise dg.Failure(
            f"dbt built {error}, which was not there when the definitions were loaded: the dbt"
            " project changed in between. Run again."
        ) from error
    finally:  # a step that was cancelled must not leave dbt writing
        if build.process.poll() is None:
            build.process.terminate()
            build.process.wait()
    manifest = read_manifest(settings)
    rows = row_counts(settings)
    for event in events:
        yield with_table_metadata(event, manifest, rows) if isinstance(event, dg.Output) else event
    if failure is not None:
        raise failure


def with_table_metadata(
    output: dg.Output[None], manifest: Mapping[str, Any], rows: Mapping[tuple[str, str], int]
) -> dg.Output[None]:
    """A model's output with its row count, if it is a table, and its declared column lineage."""
    model = manifest["nodes"][output.metadata["unique_id"].value]
    metadata: dict[str, Any] = dict(output.metadata)
    table = (model["schema"], model["alias"])
    if table in rows:
        metadata["dagster/row_count"] = rows[table]
    sources = column_sources(manifest, model)
    if sources:
        metadata["dagster/column_lineage"] = dg.TableColumnLineage(
            {
                name: [
                    dg.TableColumnDep(dg.AssetKey([column.schema, column.table]), column.name)
                    for column in sorted(columns, key=str)
                ]
                for name, columns in sources.items()
            }
        )
    return output.with_metadata(metadata)


@contextmanager
def recorded(settings: Settings, run_id: str) -> Iterator[None]:
    """Note in the warehouse that the transform runs, then its success: no candidate without it."""
    started_at = datetime.now(UTC)
    record_transform(settings, run_id, started_at, "running", code_version())
    try:
        yield
    except BaseException:
        # "running" refuses candidates as well: never hide why the transform failed.
        with suppress(WarehouseLocked):
            record_transform(settings, run_id, started_at, "failed", code_version())
        raise
    record_transform(settings, run_id, started_at, "success", code_version())


@dg.definitions
def transformation() -> dg.Definitions:
    """The dbt assets and the resource that runs them."""
    settings = get_settings()
    os.environ.update(dbt_environment(settings))
    dbt = DbtCliResource(
        project_dir=DBT_DIR, profiles_dir=DBT_DIR, dbt_executable=str(DBT_EXECUTABLE)
    )
    return dg.Definitions(assets=[build_dbt_assets(settings)], resources={"dbt": dbt})
