"""What is true about the demo company: planted by the simulator, and what the reports must find.

Everything else about the company is chance. Sizes of effects are beside the truth they plant; ids
are the CRM's own (`key` makes them the warehouse's).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

HISTORY_START = datetime(2024, 7, 1, tzinfo=UTC)
HISTORY_END = datetime(2026, 7, 1, tzinfo=UTC)
"""Deals and orders are created in [HISTORY_START, HISTORY_END)."""


def key(native_id: int | str) -> str:
    """The warehouse's key of a native id."""
    return f"demo:{native_id}"


# --- pipelines and stages -------------------------------------------------------------------------
MAIN_PIPELINE = 1
REPEAT_PIPELINE = 2
DEALER_PIPELINE = 3

BOTTLENECK_STAGE = 14
"""Договор, in the main pipeline: about 22 of the 48 days between the first stage and won."""
BOTTLENECK_MEDIAN_DAYS = 18.0

LOSS_STAGE = 13
"""Коммерческое предложение, in the main pipeline: about half of all its losses."""
LOSS_STAGE_PASS_RATE = 0.55

SPEED_STAGE = LOSS_STAGE
SPEED_LOGIT = -0.35
"""Speed pays at this stage: log-odds of passing per standard deviation of log duration."""

RENAMED_STAGE = 12
RENAMED_FROM = "Квалификация"
RENAMED_TO = "Интерес подтверждён"
RENAMED_AT = datetime(2025, 9, 1, 9, 0, tzinfo=UTC)

QUIET_PIPELINE = REPEAT_PIPELINE
QUIET_MONTH = date(2025, 1, 1)
"""The repeat-sales desk was closed: not one deal was created in its pipeline in this month."""

PEAK_MONTHS = (9, 10, 11)
"""Heating season: the autumn months bring the most deals of a year."""


# --- people ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ManagerTruth:
    """A manager who differs from the team at one stage of the main pipeline, and nowhere else."""

    manager_id: int
    stage_id: int
    logit: float
    """Added to the log-odds of passing the stage."""


STRONG_MANAGER = ManagerTruth(manager_id=103, stage_id=LOSS_STAGE, logit=1.1)
WEAK_MANAGER = ManagerTruth(manager_id=108, stage_id=LOSS_STAGE, logit=-1.1)

FORGETFUL_MANAGER = 112
FORGOTTEN_INVOICES = 0.60
"""Share of this manager's contracts whose invoice is never sent; everybody else forgets 2%."""
USUALLY_FORGOTTEN_INVOICES = 0.02
UNSENT_INVOICE_PASS_RATE = 0.12
"""A contract whose invoice was never sent is hardly ever paid (one with an invoice: 0.90)."""

TINY_MANAGER = 126
TINY_MANAGER_DEALS = 3
"""Far too few deals to call this manager good or bad, whatever they closed."""

DISMISSED_MANAGER = 117
DISMISSED_AT = datetime(2026, 3, 13, 15, 0, tzinfo=UTC)
ROBOT_USER = 1


# --- products -------------------------------------------------------------------------------------
BEST_SELLER = 1001
DECLINING_PRODUCT = 1004
NEW_PRODUCT = 1005
NEW_PRODUCT_LAUNCH = datetime(2025, 10, 1, 6, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Bundle:
    """Products bought together far more often than their own popularity explains."""

    product_ids: tuple[int, ...]
    share_of_orders: float


BUNDLES = (
    Bundle((1061, 1062), 0.05),
    Bundle((1063, 1064, 1065), 0.04),
    Bundle((1066, 1067, 1068, 1069), 0.03),
)


# --- regions and marketing ------------------------------------------------------------------------
PRICE_WEAK_REGION = "Самарская область"
PRICE_WEAK_FACTOR = 0.86
PRICE_WEAK_EXTRA_DISCOUNT = 0.16
"""Leads and win rate are as elsewhere; the same goods are sold about 28% cheaper."""

LEADS_WEAK_REGION = "Пермский край"
LEADS_WEAK_WEIGHT = 0.25
"""Prices and win rate are as elsewhere; a quarter of a usual region's leads."""

PAYING_STRATEGY = "Ретаргетинг"
WASTED_STRATEGY = "Наружная реклама"
"""One returns several times its cost; the other costs more than all it sells."""

TOP_LOST_REASON = 1
"""Дорого: the most frequent reason over all losses."""
