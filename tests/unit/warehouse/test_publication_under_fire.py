"""People read while versions change and publishers die: every read is whole, and none goes back."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from dagster_project.settings import ROOT, Settings
from dagster_project.warehouse.audit import Audit
from dagster_project.warehouse.connections import writer
from dagster_project.warehouse.publication import current, publish

PUBLICATIONS = 15
KILLS = 2

PUBLISHER = """
import time
from dagster_project.settings import get_settings
from dagster_project.warehouse.candidate import build_candidate
from dagster_project.warehouse.connections import writer
from dagster_project.warehouse.publication import publish
from dagster_project.warehouse.seal import seal
from tests.unit.warehouse.conftest import CONTRACT, verdict_on

settings = get_settings()
while True:
    number = time.time_ns() // 1_000_000 % 1_000_000_000
    with writer(settings.warehouse_path) as connection:
        connection.execute(f"update marts.funnel_stages set reached = {number}")
        connection.execute(f"update marts.regions set revenue = {number}")
    candidate = build_candidate(settings, f"b{number}", CONTRACT)
    seal(candidate, verdict_on(candidate), run_id="r", code_version="v")
    publish(settings, candidate.build_id)
    print(number, flush=True)
"""

READER = """
import json, sys, time
import duckdb

reads, mixed, failed, backwards, last, seen = 0, 0, [], 0, 0, set()
print("ready", flush=True)
while not __import__("pathlib").Path(sys.argv[2]).exists():
    try:
        with duckdb.connect(sys.argv[1], read_only=True) as connection:
            stages = connection.execute("select distinct reached from funnel_stages").fetchall()
            time.sleep(0.01)
            regions = connection.execute("select distinct revenue::bigint from regions").fetchall()
    except Exception as error:
        failed.append(str(error))
        continue
    reads += 1
    mixed += stages != regions or len(stages) != 1
    backwards += stages[0][0] < last
    last = stages[0][0]
    seen.add(last)
    time.sleep(0.02)
print(json.dumps([reads, mixed, failed[:3], backwards, len(seen)]), flush=True)
"""


@contextmanager
def process(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def line_of(child: subprocess.Popen[str]) -> str:
    assert child.stdout
    return child.stdout.readline()


@pytest.mark.usefixtures("warehouse")
def test_readers_see_whole_versions_while_publishers_are_killed(
    settings: Settings, tmp_path: Path, build: Callable[..., Audit]
) -> None:
    with writer(settings.warehouse_path) as connection:
        connection.execute("update marts.funnel_stages set reached = 0")
        connection.execute("update marts.regions set revenue = 0")
    build("b0")
    publish(settings, "b0")
    stop, database = tmp_path / "stop", str(settings.current_link / "marts.duckdb")
    chance = random.Random(7)
    published = 0
    with ExitStack() as stack:
        readers = [stack.enter_context(process(READER, database, str(stop))) for _ in range(2)]
        assert [line_of(reader) for reader in readers] == ["ready\n"] * 2
        for life in range(KILLS + 1):
            with process(PUBLISHER) as publisher:
                goal = PUBLICATIONS * (life + 1) // (KILLS + 1)
                while published < goal:
                    assert line_of(publisher), "the publisher died by itself"
                    published += 1
                time.sleep(chance.uniform(0, 0.3))  # and is killed wherever it is
        stop.touch()
        reports = [json.loads(line_of(reader)) for reader in readers]
    for reads, mixed, failed, backwards, versions in reports:
        assert (mixed, failed, backwards) == (0, [], 0)
        assert reads > PUBLICATIONS
        assert versions > PUBLICATIONS // 3
    in_force = current(settings)
    assert in_force is not None
    left = {path.name for path in settings.published_dir.iterdir()} - {"v", "current"}
    build("after")
    assert publish(settings, "after").publication_id == "after", f"debris is no obstacle: {left}"
    assert {path.name for path in settings.published_dir.iterdir()} == {"v", "current"}
