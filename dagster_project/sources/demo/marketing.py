"""What marketing spends: weekly for each campaign and region, in proportion to its leads."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dagster_project.sources.demo import clock
from dagster_project.sources.demo.arrays import DAY_SECONDS, decimals, labels, moments, stream
from dagster_project.sources.demo.company import (
    CAMPAIGNS,
    PIPELINES,
    REGIONS,
    WITHOUT_CAMPAIGN,
)
from dagster_project.sources.demo.leads import CAMPAIGN_STARTS
from dagster_project.sources.demo.tables import AD_SPEND
from dagster_project.sources.demo.world import World

_DAYS_A_WEEK = 7
_KNOWN_AFTER = 27 * 3_600
"""The advertising offices report a day's spend at 03:00 UTC of the next day."""


def ad_spend(world: World, as_of: int) -> pa.Table:
    """One row per week (its Monday), campaign and region, as reported before `as_of`."""
    rng = stream(world.seed, 0, "ad spend")
    week_starts = np.arange(0, clock.DAYS, _DAYS_A_WEEK)
    week_weight = np.add.reduceat(clock.DAY_WEIGHTS, week_starts) / clock.DAY_WEIGHTS.sum()
    campaign_weight = np.array([campaign.weight for campaign in CAMPAIGNS])
    region_weight = np.array([region.weight for region in REGIONS])
    shape = (len(week_starts), len(CAMPAIGNS), len(REGIONS))
    week, campaign, region = (axis.ravel() for axis in np.indices(shape))

    new_business = sum(pipeline.share for pipeline in PIPELINES if pipeline.stages[0].code == "NEW")
    leads = (
        world.deals
        * (new_business + PIPELINES[-1].share)
        * (1 - WITHOUT_CAMPAIGN)
        * week_weight[week]
        * (campaign_weight / campaign_weight.sum())[campaign]
        * (region_weight / region_weight.sum())[region]
    )
    cost_per_lead = np.array([campaign.cost_per_lead for campaign in CAMPAIGNS])[campaign]
    cost = np.round(leads * cost_per_lead * rng.uniform(0.8, 1.2, len(leads)) * 100)
    day = clock.START + week_starts[week] * DAY_SECONDS
    seen = (day >= CAMPAIGN_STARTS[campaign]) & (day + _KNOWN_AFTER < as_of)
    number = np.arange(len(leads)) + 1
    return AD_SPEND.build(
        {
            "id": pa.array(number[seen]),
            "day": pa.array((day[seen] // DAY_SECONDS).astype(np.int32)).cast(pa.date32()),
            "region": labels([r.name for r in REGIONS], region[seen]),
            "channel": labels([c.channel for c in CAMPAIGNS], campaign[seen]),
            "strategy": labels([c.strategy for c in CAMPAIGNS], campaign[seen]),
            "campaign_id": pa.array([c.campaign_id for c in CAMPAIGNS]).take(
                pa.array(campaign[seen])
            ),
            "cost": decimals(cost.astype(np.int64)[seen], 2),
            "currency": pa.array(["RUB"] * int(seen.sum()), pa.string()),
            "updated_at": moments(day[seen] + _KNOWN_AFTER),
        }
    )
