"""Extract and load one window in a process of its own, so that it can be killed.

python -m tests.conformance.run_once <crm> <data folder> <mappings folder> <end of window>
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from dagster_project.settings import Settings, switch_telemetry_off
from dagster_project.sources.base import Window
from dagster_project.warehouse.load import load
from tests.conformance.conftest import ADAPTERS

if __name__ == "__main__":
    switch_telemetry_off()
    name, data, mappings, end = sys.argv[1:]
    (adapter,) = (one for one in ADAPTERS if one.name == name)
    crm = adapter()
    settings = Settings(data_dir=Path(data), mappings_dir=Path(mappings), sources=(name,))
    window = Window(None, datetime.fromisoformat(end))
    load(crm.extract(window, settings), f"raw_{name}", settings, window)
