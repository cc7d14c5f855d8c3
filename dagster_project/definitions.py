"""The code location `voronka`: everything below defs/ and the policy that crosses its stages."""

from __future__ import annotations

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """All stages. Runs execute in one process: the warehouse has one writer, and a process per step
    would only add seconds of imports."""
    return dg.Definitions.merge(
        dg.load_from_defs_folder(path_within_project=Path(__file__).parent),
        dg.Definitions(executor=dg.in_process_executor),
    )
