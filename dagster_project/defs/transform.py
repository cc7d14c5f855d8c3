"""Transformation: every dbt model, its tests as asset checks, in one `dbt build`.

The models are not partitioned: marts are rebuilt in full from raw, so a late or repeated window
gives the same reports as one in order.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets

from dagster_project.code_version import code_version
from dagster_project.dbt_manifest import (
    DBT_EXECUTABLE,
    dbt_environment,
    dbt_target_dir,
    dbt_vars_argument,
    prepare_manifest,
)
from dagster_project.defs.extract import WRITER_POOL
from dagster_project.settings import DBT_DIR, Settings, get_settings
from dagster_project.warehouse.connections import WarehouseLocked, warehouse_lock
from dagster_project.warehouse.ops import record_transform


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
        manifest=prepare_manifest(settings),
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
            target = dbt_target_dir(settings) / "build"
            build = dbt.cli(command, context=context, target_path=target)
            try:
                yield from build.stream()
            finally:  # a step that was cancelled or failed must not leave dbt writing
                if build.process.poll() is None:
                    build.process.terminate()
                    build.process.wait()

    return dbt_build


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
