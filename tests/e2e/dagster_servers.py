"""Dagster as it runs in production: a code server, a webserver and a daemon on loopback ports."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from dagster_project.settings import ROOT

_BIN = Path(sys.executable).parent
_MODULE = "dagster_project.definitions"
_LOCATION = "voronka"

Result = TypeVar("Result")


class Dagster:
    """A running Dagster, asked the way its UI asks: by GraphQL."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/graphql"

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The `data` of an answer; errors raise."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(self._url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data


@contextmanager
def dagster_servers(environment: dict[str, str], home: Path) -> Iterator[Dagster]:
    """Start the processes, wait until the code location is loaded, and end them in any case."""
    code_port, web_port = free_port(), free_port()
    workspace = home / "workspace.yaml"
    workspace.write_text(
        "load_from:\n  - grpc_server:\n      host: 127.0.0.1\n"
        f"      port: {code_port}\n      location_name: {_LOCATION}\n"
    )
    environment = {**environment, "DAGSTER_HOME": str(home)}
    code = f"code-server start -m {_MODULE} -h 127.0.0.1 -p {code_port}"
    commands = {
        "code": ["dagster", *code.split(), "--location-name", _LOCATION],
        "web": ["dagster-webserver", "-h", "127.0.0.1", "-p", str(web_port), "-w", str(workspace)],
        "daemon": ["dagster-daemon", "run", "-w", str(workspace)],
    }
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for name, (program, *arguments) in commands.items():
            with (home / f"{name}.log").open("wb") as log:
                processes.append(
                    subprocess.Popen(
                        [str(_BIN / program), *arguments],
                        cwd=ROOT,
                        env=environment,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,
                    )
                )
            if name == "code":
                wait_for(lambda: _listens(code_port), 180, "the code server")
        server = Dagster(web_port)
        wait_for(lambda: _is_loaded(server), 120, "the code location")
        yield server
    finally:
        for process in reversed(processes):
            _end(process)


def wait_for(attempt: Callable[[], Result | None], seconds: float, what: str) -> Result:
    """Call `attempt` until it returns something true.

    Raises:
        TimeoutError: it has not within `seconds`.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = attempt()
        if result:
            return result
        time.sleep(1)
    raise TimeoutError(f"{what}: not ready after {seconds:.0f} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_loaded(server: Dagster) -> bool:
    query = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }"
    try:
        return bool(server.ask(query)["repositoriesOrError"].get("nodes"))
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and everything it started: runs are its children."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
