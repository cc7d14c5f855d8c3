"""Time pairs and full bundles beside other miners, end to end from one Parquet file.

Usage: python -m tests.bench.baskets --lines 1000000 --python SCRATCH/bin/python [--max-size 4]

SCRATCH is a virtual environment of its own with pyfim (needs a C compiler), mlxtend,
efficient-apriori, polars, scipy, pandas, pyarrow and duckdb: none of them is part of the project.
Every run is a process of its own; its start, reading the file and naming the products count. dbt
has compiled the models before. All must find the same sets and counts, or the bench fails.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from tests.bench.baskets.compiled import compile_models
from tests.bench.baskets.limits import Run, run_limited
from tests.bench.baskets.miners import LIBRARIES
from tests.bench.baskets.order_lines import write_order_lines

OURS = "Voronka"
SUPPORT = 0.0002


def commands(
    sql: Path, lines: Path, min_orders: int, max_size: int, python: str
) -> dict[str, list[str]]:
    """What to run for each contender."""
    miners, ours = (Path(__file__).with_name(name) for name in ("miners.py", "engine.py"))
    limits = [str(min_orders), str(max_size)]
    engine = [sys.executable, str(ours), str(sql), str(lines)]
    libraries = {
        name: [python, str(miners), name, str(lines), *limits]
        for name in LIBRARIES
        if max_size == 2 or name not in ("polars", "DuckDB, plain text join")
    }
    return {OURS: [*engine, str(max_size)], **libraries}


def median(runs: list[Run]) -> Run:
    """The medians of runs that ended well; else how the last ended."""
    return Run(
        statistics.median(run.wall for run in runs),
        statistics.median(run.cpu for run in runs),
        max(run.peak for run in runs),
        runs[-1].ending,
    )


def bench(arguments: argparse.Namespace, folder: Path) -> None:
    """Measure all contenders on one size of data and print a table in Markdown."""
    lines = folder / "lines.parquet"
    write_order_lines(lines, arguments.lines)
    min_orders = max(5, round(SUPPORT * arguments.lines / 5))
    compile_models(
        folder,
        "intermediate.basket",
        {
            "bundle_max_size": arguments.max_size,
            "bundle_min_support": 0,
            "bundle_min_orders": min_orders,
        },
    )
    print(f"{arguments.lines:,} lines, sets of 2..{arguments.max_size} in {min_orders} orders")
    print("\n| | sets | wall s | CPU s | peak MiB |\n|---|---|---|---|---|")
    answers: dict[str, str] = {}
    contenders = commands(folder, lines, min_orders, arguments.max_size, arguments.python)
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for _ in range(arguments.runs):
        for name, command in contenders.items():
            if runs[name] and runs[name][-1].ending:
                continue
            output = folder / "output"
            runs[name].append(run_limited(command, output, arguments.seconds, arguments.gibibytes))
            if not runs[name][-1].ending:
                answers[name] = output.read_text().split("\n")[-2]
    for name in contenders:
        run = median(runs[name])
        found = run.ending or f"{int(answers[name].split()[0]):,}"
        print(f"| {name} | {found} | {run.wall:.1f} | {run.cpu:.1f} | {run.peak:,.0f} |")
    if len(set(answers.values())) > 1:
        raise SystemExit(f"they disagree: {answers}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--max-size", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--python", default=sys.executable, help="a Python that has the libraries")
    parser.add_argument("--seconds", type=int, default=600, help="limit of each run")
    parser.add_argument("--gibibytes", type=int, default=12, help="limit of each run's memory")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="voronka-baskets-") as folder:
        bench(arguments, Path(folder))


if __name__ == "__main__":
    main()
