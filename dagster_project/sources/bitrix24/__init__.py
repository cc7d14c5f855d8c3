"""Bitrix24 (cloud or self-hosted portal, REST API), by a webhook or an OAuth application.

Pages by id (`paging`), within the portal's limits (`limits`); what each table is asked for is in
`extract`, what a company must say about its own fields in `mapping`. What Bitrix24 does not have:
who moved a deal (stage history has no user), a lost reason of its own (a field or the lost stages
are mapped), advertising spend by API, contracts as documents. Deals deleted leave no trace but a
missing id, so a deletion is dated by the last night the deal was seen. A row the key's owner may
not read is silently absent: use an administrator's key and `make check SOURCE=bitrix24`.
"""

from dagster_project.sources.base import Source
from dagster_project.sources.bitrix24.check import check
from dagster_project.sources.bitrix24.extract import extract
from dagster_project.sources.bitrix24.tables import TABLES
from dagster_project.sources.rest.extraction import BOOKKEEPING

SOURCE = Source("bitrix24", tuple(table.name for table in (*TABLES, *BOOKKEEPING)), extract, check)
