"""Measure the nightly run on the demo CRM, stage by stage, beside bare SQL on the same raw tables.

Usage: python -m tests.bench [--deals 20000 1000000] [--runs 3]

Each size gets a data folder of its own: one full nightly run, then `runs` times in turn the nightly
transform (one dbt invocation) and the bare script. CPU is that of the whole process tree; memory is
the largest single process. Ratios are of medians, so a noisy machine shifts both sides alike.
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
    print(f"  {'nightly run':<24}{nightly}")
    for line in log.read_text().splitlines():
        if stage := STAGE_LINE.match(line):
            print(f"    {stage['stage']:<22}{float(stage['seconds']):7.1f} s wall")

    transform_command, transform_environment = transform(folder, environment)
    bare_command = [
        *(sys.executable, "-m", "tests.bench.bare"),
        *(str(warehouse), str(folder / "bare.duckdb")),
    ]
    transforms, bares = [], []
    for run in range(runs):
        transforms.append(
            measure(transform_command, transform_environment, folder / f"transform{run}.log")
        )
        bares.append(measure(bare_command, environment, folder / f"bare{run}.log"))
    whole, bare = median(transforms), median(bares)
    print(f"  {'transform alone':<24}{whole}   (median of {runs}, in turn with bare SQL)")
    print(f"  {'bare SQL':<24}{bare}")
    print(
        f"  transform / bare SQL: {whole.cpu / bare.cpu:.2f} CPU, {whole.wall / bare.wall:.2f} wall"
    )


def transform(folder: Path, environment: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """The nightly dbt invocation as a command of its own."""
    settings = Settings(data_dir=folder / "data", sources=("demo",))
    command = [
        *(str(Path(sys.executable).with_name("dbt")), "build"),
        *("--exclude-resource-type", "unit_test"),
        *("--project-dir", str(DBT_DIR), "--profiles-dir", str(DBT_DIR)),
        *("--vars", json.dumps(settings.dbt_vars())),
    ]
    paths = {
        "VORONKA_WAREHOUSE": str(settings.warehouse_path),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "dbt_logs"),
    }
    return command, environment | paths


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
