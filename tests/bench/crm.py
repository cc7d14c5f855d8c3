"""How fast a CRM is extracted and loaded, through its fake, and how much memory that takes.

    python -m tests.bench.crm bitrix24 --deals 100000 [--without-load]

The fake runs in a process of its own and allows any pace, so this is the connector's and the
loader's own speed, which a real CRM's limits stay far below. Memory is the loading process's.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import dlt

from dagster_project.settings import Settings, switch_telemetry_off
from dagster_project.sources.base import Window
from dagster_project.warehouse.load import load
from tests.conformance.conftest import ADAPTERS
from tests.fakes.company import AS_OF, small_company


class _Environment(dict[str, str]):
    """Collects what a fake would set in the environment."""

    def setenv(self, name: str, value: str) -> None:
        self[name] = value

    def delenv(self, name: str, raising: bool = True) -> None:
        self.pop(name, None)


def _serve(name: str, deals: int, pipe: Connection) -> None:
    (adapter,) = (one for one in ADAPTERS if one.name == name)
    crm = adapter()
    crm.fill(small_company(deals))
    environment = _Environment()
    with crm.serving(environment):
        pipe.send(dict(environment))
        pipe.recv()
        pipe.send(crm.calls())


def main() -> None:
    """Print rows, seconds, rows a second, HTTP requests and peak memory of one full load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("crm", choices=[adapter.name for adapter in ADAPTERS])
    parser.add_argument("--deals", type=int, default=100_000)
    parser.add_argument("--without-load", action="store_true", help="extract and throw away")
    asked = parser.parse_args()
    switch_telemetry_off()
    ours, theirs = multiprocessing.Pipe()
    fake = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(asked.crm, asked.deals, theirs), daemon=True
    )
    fake.start()
    os.environ.update(ours.recv())
    (adapter,) = (one for one in ADAPTERS if one.name == asked.crm)
    with tempfile.TemporaryDirectory() as folder:
        mappings = Path(folder)
        adapter().write_mapping(mappings)
        settings = Settings(data_dir=mappings / "data", mappings_dir=mappings, sources=(asked.crm,))
        window = Window(None, AS_OF)
        source = adapter().extract(window, settings)
        started = time.monotonic()
        if asked.without_load:
            dlt.config["extract.next_item_mode"] = "fifo"  # as warehouse.load has it
            # Rows of all tables; dlt hands Arrow tables on.
            rows = sum(page.num_rows for page in source)
        else:
            report = load(source, f"raw_{asked.crm}", settings, window)
            rows = sum(report.rows.values())
        seconds = time.monotonic() - started
    ours.send("done")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{asked.crm}: {asked.deals:,} deals, {rows:,} rows in {seconds:.1f} s"
        f" = {rows / seconds:,.0f} rows/s, {ours.recv():,} requests, peak {peak:,.0f} MB"
    )


if __name__ == "__main__":
    main()
