"""Measure the nightly run on the demo CRM, stage by stage, beside bare SQL on the same raw tables.

Usage: python -m tests.bench [--deals 20000 1000000] [--runs 3]

Each size gets a data folder of its own: one full nightly run, then `runs` times in turn the nightly
transform (one dbt invocation, every model and test), the models of those tables alone that the bare
script makes too, and the bare script. CPU is that of the whole process tree; memory is the largest
single process. Ratios are of medians, so a noisy machine shifts both sides alike.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dagster_project.settings import DBT_DIR, ROOT, Settings

SAME_TABLES = (
    *("funnel_stages", "stage_durations", "managers", "lost_reasons", "products"),
    *("bundles", "bought_together", "regions", "region_marketing"),
)
"""What bare.sql makes; `tests/e2e/test_bare_sql.py` holds the two against each other."""

STAGE_LINE = re.compile(r"^✓ (?P<stage>\S.*?) +(?P<seconds>[\d.]+) s")


@dataclass(frozen=True)
class Cost:
    """What a command took: wall and CPU seconds, peak MiB of its largest process."""

    wall: float
    cpu: float
    peak: float

    def __str__(self) -> str:
        return f"{self.wall:7.1f} s wall  {self.cpu:7.1f} s CPU  {self.peak:7.0f} MiB"


def measure(command: list[str], environment: dict[str, str], output: Path) -> Cost:
    """Run a command to its end.

    Raises:
        SystemExit: it failed; its output is named.
    """
    started = os.times().elapsed
    with output.open("w") as sink:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=sink, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{output.read_text()[-3000:]}")
    wall = os.times().elapsed - started
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        max(cost.peak for cost in costs),
    )


def bench(deals: int, runs: int, folder: Path) -> None:
    """Measure one size and print it."""
    environment = os.environ | {
        "VORONKA_DATA_DIR": str(folder / "data"),
        "DAGSTER_HOME": str(folder / "data" / "dagster_home"),
        "VORONKA_DEMO_DEALS": str(deals),
        "VORONKA_SOURCES": "demo",
    }
    warehouse = folder / "data" / "warehouse.duckdb"
    print(f"\n{deals:,} deals")
    log = folder / "nightly.log"
    nightly = measure([sys.executable, "-m", "dagster_project.nightly"], environment, log)
    print(f"  {'nightly run':<26}{nightly}")
    for line in log.read_text().splitlines():
        if stage := STAGE_LINE.match(line):
            print(f"    {stage['stage']:<22}{float(stage['seconds']):7.1f} s wall")

    commands = {
        "transform, all of it": dbt(folder, "build", "--exclude-resource-type", "unit_test"),
        "models of the same tables": dbt(
            folder, "run", "--select", *(f"+{table}" for table in SAME_TABLES)
        ),
        "bare SQL": [
            *(sys.executable, "-m", "tests.bench.bare"),
            *(str(warehouse), str(folder / "bare.duckdb")),
        ],
    }
    paths = {
        "VORONKA_WAREHOUSE": str(warehouse),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "dbt_logs"),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for run in range(runs):
        for name, command in commands.items():
            costs[name].append(measure(command, environment | paths, folder / f"{run}.log"))
    medians = {name: median(several) for name, several in costs.items()}
    print(f"  medians of {runs}, in turn:")
    for name, cost in medians.items():
        print(f"  {name:<26}{cost}")
    same, bare = medians["models of the same tables"], medians["bare SQL"]
    print(
        f"  same tables / bare SQL: {same.cpu / bare.cpu:.2f} CPU, {same.wall / bare.wall:.2f} wall"
    )


def dbt(folder: Path, *arguments: str) -> list[str]:
    """A dbt command with the settings of the night."""
    settings = Settings(data_dir=folder / "data", sources=("demo",))
    return [
        *(str(Path(sys.executable).with_name("dbt")), *arguments),
        *("--project-dir", str(DBT_DIR), "--profiles-dir", str(DBT_DIR)),
        *("--vars", json.dumps(settings.dbt_vars())),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, nargs="+", default=[20_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}")
    for deals in arguments.deals:
        with tempfile.TemporaryDirectory(prefix="voronka-bench-") as folder:
            bench(deals, arguments.runs, Path(folder))


if __name__ == "__main__":
    main()
