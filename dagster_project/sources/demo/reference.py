"""Reference tables as the CRM shows them: pipelines, users, goods, campaigns, the account."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dagster_project.sources.demo import clock, company, tables, truths
from dagster_project.sources.demo.arrays import NONE, decimals, labels, moments
from dagster_project.sources.demo.catalogue import CATEGORIES, FIRST_ID, Catalogue
from dagster_project.sources.demo.world import World

_FOUNDED = clock.seconds(company.FOUNDED)


def pipelines(world: World, as_of: int) -> pa.Table:
    n = len(company.PIPELINES)
    return tables.PIPELINES.build(
        {
            "id": pa.array([pipeline.pipeline_id for pipeline in company.PIPELINES]),
            "title": pa.array([pipeline.name for pipeline in company.PIPELINES]),
            "is_archived": pa.array([False] * n),
            "updated_at": moments(np.full(n, _FOUNDED)),
        }
    )


def pipeline_stages(world: World, as_of: int) -> pa.Table:
    """Stages under their names of the day: one is renamed in the middle of the history."""
    renamed_at = clock.seconds(truths.RENAMED_AT)
    rows: list[tuple[int, int, str, int, str, str | None, int]] = []
    for pipeline in company.PIPELINES:
        for position, stage in enumerate(pipeline.stages, start=1):
            name, changed_at = stage.name, _FOUNDED
            if stage.stage_id == truths.RENAMED_STAGE:
                renamed = renamed_at < as_of
                name = truths.RENAMED_TO if renamed else truths.RENAMED_FROM
                changed_at = renamed_at if renamed else _FOUNDED
            rows.append(
                (
                    stage.stage_id,
                    pipeline.pipeline_id,
                    name,
                    position * 10,
                    "open",
                    stage.code,
                    changed_at,
                )
            )
        for stage_id, name, sort, kind in (
            (pipeline.won_stage, "Успешно реализовано", 900, "won"),
            (pipeline.lost_stage, "Закрыто и не реализовано", 910, "lost"),
        ):
            rows.append((stage_id, pipeline.pipeline_id, name, sort, kind, None, _FOUNDED))
    columns = list(zip(*rows, strict=True))
    return tables.PIPELINE_STAGES.build(
        {
            "id": pa.array(columns[0]),
            "pipeline_id": pa.array(columns[1]),
            "title": pa.array(columns[2]),
            "sort": pa.array(columns[3]),
            "type": pa.array(columns[4]),
            "code": pa.array(columns[5], pa.string()),
            "updated_at": moments(np.array(columns[6])),
        }
    )


def users(world: World, as_of: int) -> pa.Table:
    """Everybody hired so far; whoever has left is no longer active."""
    seen = [user for user in company.USERS if clock.seconds(user.hired_at) < as_of]
    hired = np.array([clock.seconds(user.hired_at) for user in seen])
    left = np.array(
        [clock.seconds(user.dismissed_at) if user.dismissed_at else as_of for user in seen]
    )
    gone = left < as_of
    return tables.USERS.build(
        {
            "id": pa.array([user.user_id for user in seen]),
            "full_name": pa.array([user.full_name for user in seen]),
            "email": pa.array([f"user{user.user_id}@warmhouse.example" for user in seen]),
            "department": pa.array([user.department for user in seen]),
            "is_active": pa.array(~gone),
            "hired_at": moments(hired),
            "updated_at": moments(np.where(gone, left, hired)),
        }
    )


def goods(world: World, as_of: int) -> pa.Table:
    """The price list, with goods struck off it marked."""
    catalogue = Catalogue(world.seed, world.deals)
    seen = np.flatnonzero(catalogue.created_at < as_of)
    archived = catalogue.archived_at[seen] < as_of
    ids = pa.array(seen + FIRST_ID)
    return tables.GOODS.build(
        {
            "id": ids,
            "article": pa.array([f"TD-{number:05d}" for number in (seen + FIRST_ID).tolist()]),
            "title": pa.array(catalogue.names).take(pa.array(seen)),
            "category": labels(
                list(CATEGORIES),
                np.where(catalogue.uncategorised[seen], NONE, catalogue.category[seen]),
            ),
            "price": decimals(catalogue.prices[seen], 2),
            "cost": decimals(catalogue.costs[seen], 2, catalogue.without_cost[seen]),
            "is_archived": pa.array(archived),
            "created_at": moments(catalogue.created_at[seen]),
            "updated_at": moments(
                np.where(archived, catalogue.archived_at[seen], catalogue.created_at[seen])
            ),
        }
    )


def campaigns(world: World, as_of: int) -> pa.Table:
    seen = [c for c in company.CAMPAIGNS if clock.seconds(c.started_at) < as_of]
    started = np.array([clock.seconds(campaign.started_at) for campaign in seen])
    return tables.CAMPAIGNS.build(
        {
            "id": pa.array([campaign.campaign_id for campaign in seen]),
            "title": pa.array([campaign.title for campaign in seen]),
            "channel": pa.array([campaign.channel for campaign in seen]),
            "strategy": pa.array([campaign.strategy for campaign in seen]),
            "started_at": moments(started),
            "updated_at": moments(started),
        }
    )


def loss_reasons(world: World, as_of: int) -> pa.Table:
    n = len(company.LOSS_REASONS)
    return tables.LOSS_REASONS.build(
        {
            "id": pa.array([reason.reason_id for reason in company.LOSS_REASONS]),
            "title": pa.array([reason.title for reason in company.LOSS_REASONS]),
            "group_code": pa.array([reason.group_code for reason in company.LOSS_REASONS]),
            "updated_at": moments(np.full(n, _FOUNDED)),
        }
    )


def account(world: World, as_of: int) -> pa.Table:
    """The one row that says how far the data reaches; sent with every extraction."""
    return tables.ACCOUNT.build(
        {
            "id": pa.array([1]),
            "title": pa.array(["Тёплый дом"]),
            "history_start": moments(np.array([clock.START])),
            "complete_to": moments(np.array([as_of])),
            "updated_at": moments(np.array([as_of])),
        }
    )
