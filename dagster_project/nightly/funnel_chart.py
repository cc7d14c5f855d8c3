"""The funnel of every pipeline as text, from the published file."""

from __future__ import annotations

from pathlib import Path

from dagster_project.warehouse.connections import reader

_BAR = 36

_FUNNEL = """
    select pipeline_name, stage_name, reached, passed, conversion, is_biggest_loss
    from funnel_stages
    where cohort_month is null
    order by max(reached) over (partition by pipeline_id) desc, pipeline_id, stage_number
"""


def funnel_chart(database: Path) -> list[str]:
    """One line per stage: deals that reached it, and the share of the stage before that did.

    The last line of a pipeline is what passed its last stage: the won deals.
    """
    with reader(database) as connection:
        rows = connection.execute(_FUNNEL).fetchall()
    pipelines: dict[str, list[tuple[str, int, int, float | None, bool | None]]] = {}
    for pipeline, *stage in rows:
        pipelines.setdefault(pipeline, []).append(tuple(stage))
    lines = []
    for pipeline, stages in pipelines.items():
        first = max(stages[0][1], 1)
        lines.append(f"Funnel of {pipeline}")
        share = None
        for name, reached, _, conversion, biggest_loss in stages:
            note = "   <- most deals are lost here" if biggest_loss else ""
            lines.append(_line(name, reached, first, share) + note)
            share = conversion
        lines.append(_line("won", stages[-1][2], first, share))
        lines.append("")
    return lines


def _line(name: str, deals: int, first: int, share: float | None) -> str:
    bar = "█" * round(_BAR * deals / first)
    percent = "" if share is None else f"{share:7.1%}"
    return f"  {name[:22]:<22} {bar:<{_BAR}} {deals:>8,}{percent}"
