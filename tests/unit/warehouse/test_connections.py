"""One writer at a time, readers that can touch nothing else, messages that say who is at work."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import duckdb
import pytest

from dagster_project.settings import ROOT
from dagster_project.warehouse.connections import reader, scratch, writer
from dagster_project.warehouse.lock import WarehouseLocked, lock_path, warehouse_lock

Connect = Callable[[Path], AbstractContextManager[duckdb.DuckDBPyConnection]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


@contextmanager
def another_process(code: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run `code` (with `path` and this package at hand) until it prints `ready`."""
    preamble = (
        "import sys, time, pathlib; path = pathlib.Path(sys.argv[1]);"
        " from dagster_project.warehouse.connections import *; import duckdb\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", preamble + code, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()


HOLD_LOCK = """
with warehouse_lock(path, 'dbt build'):
    print('ready', flush=True)
    time.sleep(60)
"""
HOLD_FILE = """
connection = duckdb.connect(str(path))
print('ready', flush=True)
time.sleep(60)
"""


def test_writer_creates_a_file_that_duckdb_1_5_opens(path: Path) -> None:
    with writer(path) as connection:
        connection.execute("create table t as select 1 as i")
    with duckdb.connect(str(path)) as connection:
        connection.execute("insert into t values (2)")
        tags = connection.execute(
            "select tags from duckdb_databases() where database_name = 'warehouse'"
        ).fetchone()
    assert tags == ({"storage_version": "v1.5.0+"},)


def test_writer_closes_after_an_error(path: Path) -> None:
    with writer(path) as connection:
        connection.execute("create table t as select 1 as i")
    with pytest.raises(duckdb.ConversionException), writer(path) as connection:
        connection.execute("begin; insert into t values (2); insert into t values ('x')")
    with reader(path) as connection:
        assert connection.execute("select count(*) from t").fetchone() == (1,)


def test_writer_may_be_opened_again_inside_itself(path: Path) -> None:
    with warehouse_lock(path, "a load"), writer(path) as outer, writer(path) as inner:
        inner.execute("create table t as select 1 as i")
        assert outer.execute("select count(*) from t").fetchone() == (1,)
    assert lock_path(path).read_text() == ""


def test_second_process_is_told_who_writes(path: Path) -> None:
    with another_process(HOLD_LOCK, path) as holder:
        message = rf"written by process {holder.pid} of .+ \(dbt build, since \d{{4}}-"
        with pytest.raises(WarehouseLocked, match=message), writer(path):
            pytest.fail("two writers at once")


def test_lock_of_a_killed_process_is_free(path: Path) -> None:
    with another_process(HOLD_LOCK, path) as holder:
        holder.kill()
        holder.wait()
        with writer(path) as connection:
            connection.execute("select 1")


def test_lock_waits_for_its_turn(path: Path) -> None:
    brief = HOLD_LOCK.replace("sleep(60)", "sleep(0.5)")
    with another_process(brief, path), warehouse_lock(path, "next", wait_seconds=30):
        pass


def test_lock_is_not_inherited_by_a_fork(path: Path) -> None:
    with warehouse_lock(path, "parent"):
        child = os.fork()
        if child == 0:
            try:
                with warehouse_lock(path, "child"):
                    os._exit(1)
            except WarehouseLocked:
                os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("connect", [writer, reader])
def test_a_client_that_ignores_the_lock_is_reported(path: Path, connect: Connect) -> None:
    with another_process(HOLD_FILE, path) as holder:
        message = rf"a SQL client\?.*PID {holder.pid}"
        with pytest.raises(WarehouseLocked, match=message), connect(path):
            pytest.fail("opened a file that another process writes")


@pytest.mark.parametrize(
    "statement",
    [
        "create table u as select 1",
        "select * from read_csv('/etc/hostname')",
        "copy t to 'leak.csv'",
        "attach 'other.duckdb'",
        "set enable_external_access = true",
        "install httpfs",
    ],
)
def test_reader_can_neither_write_nor_leave_the_file(path: Path, statement: str) -> None:
    with writer(path) as connection:
        connection.execute("create table t as select 1 as i")
    with reader(path) as connection, pytest.raises(duckdb.Error):
        connection.execute(statement)


def test_reader_of_a_missing_file_creates_none(path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run the nightly job first"), reader(path):
        pass
    assert not path.exists()


def test_all_connections_count_in_utc(path: Path) -> None:
    for connect in (writer(path), reader(path), scratch(), scratch(external_access=False)):
        with connect as connection:
            zone = connection.execute("select current_setting('TimeZone')").fetchone()
            assert zone == ("UTC",)


def test_closed_scratch_reads_no_file() -> None:
    with scratch(external_access=False) as connection, pytest.raises(duckdb.PermissionException):
        connection.execute("select * from read_text('/etc/hostname')")
