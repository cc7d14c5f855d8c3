"""What keeps nights reliable beside the checks: freshness of what was extracted and published.

Retries of crashed runs, limits and slots are settings of the instance: see dagster.yaml.
"""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

NIGHTLY_FRESHNESS = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=26), fail_window=timedelta(hours=36)
)
"""A night may be two hours late; at noon after a missed night the asset is overdue."""
