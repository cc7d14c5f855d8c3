"""The demo CRM: a simulated Russian company, to run and check everything without a real CRM.

`truths.py` says what is true about it, docs/demo_company.md tells its story.
"""

from dagster_project.sources.base import Source
from dagster_project.sources.demo.extract import extract
from dagster_project.sources.demo.tables import TABLES

SOURCE = Source("demo", tuple(table.name for table in TABLES), extract)
