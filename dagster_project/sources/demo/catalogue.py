"""What the company sells: products with prices and costs, and how often each is bought, when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from dagster_project.sources.demo import clock, truths
from dagster_project.sources.demo.arrays import NEVER, Flags, Floats, Ints, stream
from dagster_project.sources.demo.company import FOUNDED

FIRST_ID = 1001
WITHOUT_COST = 0.04
WITHOUT_CATEGORY = 0.02
ARCHIVED_SHARE = 0.03
ARCHIVED_AT = datetime(2026, 2, 2, 12, 0, tzinfo=UTC)

# category -> what its goods are called, with the median price in roubles
CATEGORIES = {
    "Котлы": ("Котёл газовый", 42_000),
    "Радиаторы": ("Радиатор секционный", 7_500),
    "Насосы": ("Насос циркуляционный", 9_000),
    "Трубы": ("Труба полипропиленовая", 900),
    "Фитинги": ("Фитинг латунный", 450),
    "Автоматика": ("Термостат комнатный", 4_800),
    "Водонагреватели": ("Водонагреватель накопительный", 18_000),
    "Фильтры": ("Фильтр для воды", 2_600),
    "Тёплый пол": ("Мат нагревательный", 6_200),
    "Услуги": ("Монтаж оборудования", 8_000),
}
BRANDS = ("Север", "Оазис", "Термо", "Волна", "Гранит", "Исток", "Полюс", "Заря")

# product id -> category, name, price: the goods that truths.py speaks about
NAMED = {
    truths.BEST_SELLER: ("Трубы", "Труба армированная 25 мм, 4 м", 780),
    truths.DECLINING_PRODUCT: ("Автоматика", "Термостат механический М-1", 2_900),
    truths.NEW_PRODUCT: ("Автоматика", "Термостат Wi-Fi Умный дом", 6_400),
    1061: ("Фильтры", "Фильтр обратного осмоса", 9_800),
    1062: ("Фильтры", "Комплект картриджей", 2_400),
    1063: ("Котлы", "Котёл настенный 24 кВт", 46_000),
    1064: ("Котлы", "Дымоход коаксиальный", 5_200),
    1065: ("Автоматика", "Стабилизатор напряжения для котла", 8_700),
    1066: ("Тёплый пол", "Коллектор на 6 выходов", 11_500),
    1067: ("Тёплый пол", "Труба PE-X 16 мм, бухта", 7_900),
    1068: ("Тёплый пол", "Смесительный узел", 13_200),
    1069: ("Тёплый пол", "Сервопривод", 2_100),
}


def _declining(share_of_history: Floats) -> Floats:
    """Chance that the declining product is still wanted: 1 at the start, 0.1 at the end."""
    return np.asarray(np.exp(-2.3 * share_of_history))


@dataclass(frozen=True)
class Catalogue:
    """Products 0..size-1; product p has the id FIRST_ID + p. Prices in kopecks."""

    seed: int
    deals: int

    @property
    def size(self) -> int:
        """A bigger company sells more goods: 400 at 20,000 deals, 20,000 at a million."""
        return min(20_000, max(240, self.deals // 50))

    @cached_property
    def category(self) -> Ints:
        """Index into CATEGORIES, whether or not the price list shows it."""
        names = list(CATEGORIES)
        category = np.arange(self.size) * 7 % len(names)
        for product_id, (name, _, _) in NAMED.items():
            category[product_id - FIRST_ID] = names.index(name)
        return category

    @cached_property
    def prices(self) -> Ints:
        rng = stream(self.seed, 0, "prices")
        median = np.array([price for _, price in CATEGORIES.values()])[self.category]
        prices = np.round(median * np.exp(0.5 * rng.standard_normal(self.size)), -1)
        for product_id, (_, _, price) in NAMED.items():
            prices[product_id - FIRST_ID] = price
        return np.asarray(np.maximum(prices, 50) * 100, dtype=np.int64)

    @cached_property
    def costs(self) -> Ints:
        share = stream(self.seed, 0, "costs").uniform(0.50, 0.80, self.size)
        return np.asarray(self.prices * share, dtype=np.int64)

    @cached_property
    def without_cost(self) -> Flags:
        missing = stream(self.seed, 0, "missing costs").random(self.size) < WITHOUT_COST
        missing[[product_id - FIRST_ID for product_id in NAMED]] = False
        return np.asarray(missing)

    @cached_property
    def uncategorised(self) -> Flags:
        missing = stream(self.seed, 0, "missing categories").random(self.size) < WITHOUT_CATEGORY
        missing[[product_id - FIRST_ID for product_id in NAMED]] = False
        return np.asarray(missing)

    @cached_property
    def created_at(self) -> Ints:
        created = np.full(self.size, clock.seconds(FOUNDED))
        created[truths.NEW_PRODUCT - FIRST_ID] = clock.seconds(truths.NEW_PRODUCT_LAUNCH)
        return created

    @cached_property
    def archived_at(self) -> Ints:
        """Goods struck off the price list; nobody buys them any more."""
        struck_off = stream(self.seed, 0, "archived").random(self.size) < ARCHIVED_SHARE
        struck_off[: truths.BUNDLES[-1].product_ids[-1] - FIRST_ID + 1] = False
        return np.where(struck_off, clock.seconds(ARCHIVED_AT), NEVER)

    @cached_property
    def names(self) -> list[str]:
        nouns = [noun for noun, _ in CATEGORIES.values()]
        names = [
            f"{nouns[category]} {BRANDS[p // 10 % len(BRANDS)]}-{100 + p}"
            for p, category in enumerate(self.category.tolist())
        ]
        for product_id, (_, name, _) in NAMED.items():
            names[product_id - FIRST_ID] = name
        return names

    @cached_property
    def _edges(self) -> Floats:
        """Cumulative popularity: a few goods sell much, most sell little."""
        weights = 1.0 / (np.arange(self.size) + 8) ** 0.9
        weights[truths.BEST_SELLER - FIRST_ID] *= 2.5
        weights[truths.DECLINING_PRODUCT - FIRST_ID] *= 2.0
        weights[truths.NEW_PRODUCT - FIRST_ID] *= 1.5
        return np.asarray(np.cumsum(weights) / weights.sum())

    def choose(self, rng: np.random.Generator, ordered_at: Ints) -> Ints:
        """One product for each line, given the moment of its order."""
        n = len(ordered_at)
        chosen = self._draw(rng, n)
        unwanted = self._unwanted(rng, chosen, ordered_at)
        redrawn = self._draw(rng, int(unwanted.sum()))
        still = self._unwanted(rng, redrawn, ordered_at[unwanted])
        redrawn[still] = truths.BEST_SELLER - FIRST_ID
        chosen[unwanted] = redrawn
        return chosen

    def _draw(self, rng: np.random.Generator, n: int) -> Ints:
        drawn = np.searchsorted(self._edges, rng.random(n), side="right")
        return np.minimum(drawn, self.size - 1).astype(np.int64)

    def _unwanted(self, rng: np.random.Generator, product: Ints, at: Ints) -> Flags:
        """Not on sale at that moment, or out of fashion."""
        share = (at - clock.START) / (clock.END - clock.START)
        faded = (product == truths.DECLINING_PRODUCT - FIRST_ID) & (
            rng.random(len(product)) > _declining(share)
        )
        return np.asarray(
            faded | (at < self.created_at[product]) | (at >= self.archived_at[product])
        )
