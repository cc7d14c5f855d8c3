"""A slice's deals, stage history, deletions and activities as the CRM shows them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dagster_project.sources.demo import tables, truths
from dagster_project.sources.demo.activities import KINDS
from dagster_project.sources.demo.arrays import (
    NONE,
    Ints,
    decimals,
    joined,
    labels,
    moments,
    references,
    stream,
)
from dagster_project.sources.demo.company import (
    CAMPAIGNS,
    COMPETITORS,
    CURRENCIES,
    HEADS,
    LEAD_SOURCES,
    LOSS_REASONS,
    LOST_COMMENTS,
)
from dagster_project.sources.demo.seen import Seen

URL = "https://crm.warmhouse.example/deals/"
COMMENTED = 0.25
MOVED_BY_ROBOT = 0.06
MOVED_BY_HEAD = 0.02
_STATUSES = ("open", "won", "lost")
_REASONS = ("kept", "trashed", "removed", "merged")
_REASON_IDS = np.array([reason.reason_id for reason in LOSS_REASONS])
_CAMPAIGN_IDS = np.array([campaign.campaign_id for campaign in CAMPAIGNS])
_COMPETITOR = [reason.group_code for reason in LOSS_REASONS].index("COMPETITOR")


def deals(seen: Seen) -> pa.Table:
    """Deals with the stage, owner, amount and outcome they have at the moment."""
    story, all_deals, leads = seen.story, seen.story.deals, seen.story.deals.leads
    rng = stream(story.world.seed, story.number, "lost comments")
    n = len(all_deals)
    comment = np.where(rng.random(n) < COMMENTED, rng.integers(0, len(LOST_COMMENTS), n), NONE)
    competitor = rng.integers(0, len(COMPETITORS), n)
    row = np.flatnonzero(seen.shown)

    ordered = all_deals.ordered_at[row] < seen.stop[row]
    amounts = story.amounts
    budget = np.where(ordered, amounts.total[row], amounts.guess[row])
    reason = np.where(seen.lost, all_deals.loss_reason, NONE)[row]
    campaign = leads.campaign[row]
    deal_id = pa.array(leads.deal_id[row])
    return tables.DEALS.build(
        {
            "id": deal_id,
            "pipeline_id": pa.array(all_deals.events.pipeline_id[seen.last_event[row]]),
            "stage_id": pa.array(seen.stage_id[row]),
            "status": labels(_STATUSES, np.where(seen.won, 1, np.where(seen.lost, 2, 0))[row]),
            "responsible_id": references(seen.owner_id[row], leads.without_manager[row]),
            "client_id": references(
                story.customers.customer_id[all_deals.customer[row]], leads.without_customer[row]
            ),
            "campaign_id": references(np.where(campaign == NONE, NONE, _CAMPAIGN_IDS[campaign])),
            "lead_source": labels(LEAD_SOURCES, leads.lead_source[row]),
            "budget": decimals(budget, 2, amounts.without_guess[row] & ~ordered),
            "currency": labels(CURRENCIES, amounts.currency[row]),
            "created_at": moments(all_deals.created_at[row]),
            "closed_at": moments(seen.closed_at[row]),
            "loss_reason_id": references(np.where(reason == NONE, NONE, _REASON_IDS[reason])),
            "loss_comment": labels(LOST_COMMENTS, np.where(seen.lost, comment, NONE)[row]),
            "competitor": labels(
                COMPETITORS, np.where(reason == _COMPETITOR, competitor[row], NONE)
            ),
            "in_trash": pa.array(seen.deleted[row]),
            "url": joined(URL, deal_id),
            "updated_at": moments(seen.changed_at[row]),
        }
    )


def deal_stage_history(seen: Seen) -> pa.Table:
    """One row for each stage a deal entered, written down at that moment and never changed."""
    story, events = seen.story, seen.story.deals.events
    row = seen.events
    deal, at = events.deal[row], events.at[row]
    owner = seen.owner_at(deal, at)
    rng = stream(story.world.seed, story.number, "movers")
    draw = rng.random(len(events.deal))[row]
    head = rng.choice(np.array(HEADS), len(events.deal))[row]
    nobody = story.deals.leads.without_manager[deal]
    mover = np.where(draw < MOVED_BY_HEAD, head, owner)
    by_robot = nobody | (draw > 1 - MOVED_BY_ROBOT)
    return tables.DEAL_STAGE_HISTORY.build(
        {
            "deal_id": pa.array(story.deals.leads.deal_id[deal]),
            "seq": pa.array(events.sequence[row]),
            "pipeline_id": pa.array(events.pipeline_id[row]),
            "stage_id": pa.array(events.stage_id[row]),
            "moved_at": moments(at),
            "moved_by": pa.array(np.where(by_robot, truths.ROBOT_USER, mover)),
            "responsible_id": references(owner, nobody),
            "updated_at": moments(at),
        }
    )


def activities(seen: Seen) -> pa.Table:
    """Calls, letters, meetings and tasks noted so far; some are planned for later."""
    story, every = seen.story, seen.story.activities
    row = np.flatnonzero((every.noted_at < seen.stop[every.deal]) & seen.shown[every.deal])
    deal = every.deal[row]
    return tables.ACTIVITIES.build(
        {
            "id": pa.array(every.activity_id[row]),
            "deal_id": pa.array(story.deals.leads.deal_id[deal]),
            "user_id": references(
                seen.owner_at(deal, every.noted_at[row]), story.deals.leads.without_manager[deal]
            ),
            "type": labels(KINDS, every.kind[row]),
            "happens_at": moments(every.happens_at[row]),
            "updated_at": moments(every.noted_at[row]),
        }
    )


def deletion_log(seen: Seen) -> pa.Table:
    """One row for each deal trashed, removed, or merged into another as a duplicate."""
    all_deals = seen.story.deals
    row = np.flatnonzero(seen.deleted)
    merged_into = all_deals.merged_into[row]
    deal_id: Ints = all_deals.leads.deal_id
    deleted_at = moments(all_deals.deleted_at[row])
    return tables.DELETION_LOG.build(
        {
            "entity_type": pa.array(["deal"] * len(row), pa.string()),
            "entity_id": pa.array(deal_id[row]),
            "deleted_at": deleted_at,
            "reason": labels(_REASONS, all_deals.deletion[row]),
            "merged_into_id": references(np.where(merged_into == NONE, NONE, deal_id[merged_into])),
            "updated_at": deleted_at,
        }
    )
