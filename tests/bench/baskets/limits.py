"""Run a command within limits of time and memory, and say what it cost or how it ended."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """Wall and CPU seconds, peak MiB of the process, and how it ended ("" = well)."""

    wall: float
    cpu: float
    peak: float
    ending: str


def run_limited(command: list[str], output: Path, seconds: int, gibibytes: int) -> Run:
    """Run a command to its end or a limit; what it prints goes to `output`."""

    def limit_memory() -> None:
        size = gibibytes * 2**30
        resource.setrlimit(resource.RLIMIT_AS, (size, size))

    started = time.monotonic()
    with output.open("w") as sink:
        process = subprocess.Popen(
            command, stdout=sink, stderr=subprocess.STDOUT, preexec_fn=limit_memory
        )
    timed_out = False
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        if time.monotonic() - started > seconds and not timed_out:
            timed_out = True
            process.kill()
        time.sleep(0.01)
    wall = time.monotonic() - started
    code = process.returncode = os.waitstatus_to_exitcode(status)
    ending = ""
    if timed_out:
        ending = f"stopped after {seconds} s"
    elif code != 0:
        lines = output.read_text().strip().splitlines() or [f"exit code {code}"]
        out_of_memory = any("MemoryError" in line or "allocate" in line for line in lines[-5:])
        ending = f"out of memory ({gibibytes} GiB)" if out_of_memory else lines[-1][:100]
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, ending)
