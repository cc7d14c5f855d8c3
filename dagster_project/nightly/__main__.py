"""Run the night that the schedule would run now, in this process, against this DAGSTER_HOME.

Exit code 0: published. 1: not published, what was published before stays. 2: wrong settings.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from dagster_project.dagster_home import prepare_dagster_home
from dagster_project.settings import Settings, get_settings

if TYPE_CHECKING:
    import dagster as dg

NIGHTLY = "nightly"


def main() -> int:
    """Run the night and report it."""
    try:
        settings = get_settings()
    except ValidationError as error:
        print(f"A setting is wrong:\n{error}", file=sys.stderr)  # noqa: T201
        return 2
    log = settings.data_dir / "logs" / "nightly.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with console_beside(log) as console:
        return run_night(settings, console, log)


def run_night(settings: Settings, console: Console, log: Path) -> int:
    """Run the nightly job; progress and summary go to the console, everything else to the log."""
    prepare_dagster_home(settings)
    with console.status("Loading the asset graph"):
        # Dagster, dbt and dlt take seconds to import; nothing before this line needs them.
        import dagster as dg

        from dagster_project.nightly.progress import Progress
        from dagster_project.nightly.summary import print_failure, print_summary

        try:
            repository = load_repository()
        except Exception as error:
            console.print(f"[red]The definitions do not load.[/red]\n{escape(root_cause(error))}")
            return 1
    with dg.DagsterInstance.get() as instance:
        request = tonights_run(repository, instance, settings)
        if isinstance(request, dg.SkipReason):
            console.print(f"Nothing to do: {request.skip_message}")
            return 0
        run_id = str(uuid.uuid4())
        with Progress(instance, run_id, console, log) as progress:
            repository.get_job(NIGHTLY).execute_in_process(
                instance=instance,
                run_id=run_id,
                tags=dict(request.tags),
                run_config={"loggers": {"console": {"config": {"log_level": "WARNING"}}}},
                raise_on_error=False,
            )
        if progress.succeeded:
            print_summary(console, settings, progress)
            return 0
        print_failure(console, settings, progress, log)
        return 1


def load_repository() -> dg.RepositoryDefinition:
    """The code location's definitions, resolved."""
    from dagster_project.definitions import defs

    return defs().get_repository_def()


def tonights_run(
    repository: dg.RepositoryDefinition, instance: dg.DagsterInstance, settings: Settings
) -> dg.RunRequest | dg.SkipReason:
    """What the nightly schedule would request at this moment."""
    import dagster as dg

    context = dg.build_schedule_context(
        instance=instance, scheduled_execution_time=datetime.now(ZoneInfo(settings.time_zone))
    )
    request = repository.get_schedule_def(NIGHTLY)(context)
    assert isinstance(request, dg.RunRequest | dg.SkipReason)
    return request


def root_cause(error: BaseException) -> str:
    """The message of the error that started the chain."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"


@contextmanager
def console_beside(log: Path) -> Iterator[Console]:
    """A console on this process's standard output, while all other output goes to `log`.

    Dagster, dbt (a child process) and dlt write to both streams; redirecting the descriptors
    catches them all. Errors stay redirected after success: libraries report at exit as well.
    """
    out, err = sys.stdout.fileno(), sys.stderr.fileno()
    out_before, err_before = os.dup(out), os.dup(err)
    with log.open("w") as sink, os.fdopen(os.dup(out), "w") as screen:
        os.dup2(sink.fileno(), out)
        os.dup2(sink.fileno(), err)
        try:
            yield Console(file=screen, highlight=False, soft_wrap=True)
        except BaseException:
            os.dup2(err_before, err)
            raise
        finally:
            sys.stdout.flush()
            os.dup2(out_before, out)
            os.close(out_before)
            os.close(err_before)


if __name__ == "__main__":
    sys.exit(main())
