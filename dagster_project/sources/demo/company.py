"""The company itself: pipelines, people, places, campaigns, lost reasons.

«Тёплый дом» sells heating and water equipment to installers, builders and shops.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from dagster_project.sources.demo import truths

FOUNDED = datetime(2023, 3, 1, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Stage:
    """An open stage: `pass_rate` of its deals go on; a stay lasts `median_days`."""

    stage_id: int
    name: str
    code: str
    pass_rate: float
    median_days: float


@dataclass(frozen=True)
class Pipeline:
    """Open stages in order; won and lost close it. `share` of all deals start here."""

    pipeline_id: int
    name: str
    share: float
    stages: tuple[Stage, ...]

    @property
    def won_stage(self) -> int:
        return self.pipeline_id * 10 + 8

    @property
    def lost_stage(self) -> int:
        return self.pipeline_id * 10 + 9

    def index_of(self, code: str) -> int | None:
        """Position of the stage with this code among the open stages."""
        codes = [stage.code for stage in self.stages]
        return codes.index(code) if code in codes else None


PIPELINES = (
    Pipeline(
        truths.MAIN_PIPELINE,
        "Новые клиенты",
        0.70,
        (
            Stage(11, "Новая заявка", "NEW", 0.89, 2.0),
            Stage(12, truths.RENAMED_TO, "QUALIFIED", 0.83, 4.0),
            Stage(13, "Коммерческое предложение", "QUOTE", truths.LOSS_STAGE_PASS_RATE, 6.0),
            Stage(14, "Договор", "AGREEMENT", 0.90, truths.BOTTLENECK_MEDIAN_DAYS),
            Stage(15, "Оплата получена", "PAID", 0.975, 3.0),
            Stage(16, "Отгрузка", "SHIPPING", 0.985, 5.0),
        ),
    ),
    Pipeline(
        truths.REPEAT_PIPELINE,
        "Повторные продажи",
        0.25,
        (
            Stage(21, "Потребность", "QUALIFIED", 0.88, 2.0),
            Stage(22, "Предложение", "QUOTE", 0.74, 5.0),
            Stage(23, "Оплата получена", "PAID", 0.98, 2.0),
            Stage(24, "Отгрузка", "SHIPPING", 0.99, 4.0),
        ),
    ),
    Pipeline(
        truths.DEALER_PIPELINE,
        "Дилеры",
        0.05,
        (
            Stage(31, "Знакомство", "QUALIFIED", 0.80, 5.0),
            Stage(32, "Прайс отправлен", "QUOTE", 0.65, 8.0),
            Stage(33, "Дилерский договор", "AGREEMENT", 0.88, 14.0),
            Stage(34, "Первая оплата", "PAID", 0.97, 5.0),
            Stage(35, "Отгрузка", "SHIPPING", 0.98, 6.0),
        ),
    ),
)


@dataclass(frozen=True)
class User:
    """`weight` is the user's part in new deals; 0 for those who do not sell."""

    user_id: int
    full_name: str
    department: str
    weight: float = 1.0
    hired_at: datetime = FOUNDED
    dismissed_at: datetime | None = None


_NEW_HIRE = datetime(2025, 4, 7, 8, 0, tzinfo=UTC)

USERS = (
    User(truths.ROBOT_USER, "Робот CRM", "Система", 0),
    User(2, "Сергей Лаптев", "Руководство", 0),
    User(3, "Ольга Рыбакова", "Руководство", 0),
    User(101, "Анна Ковалёва", "Отдел Москва"),
    User(102, "Дмитрий Орлов", "Отдел Москва"),
    User(103, "Марина Гусева", "Отдел Москва", 1.3),
    User(104, "Илья Фомин", "Отдел Москва"),
    User(105, "Екатерина Жукова", "Отдел Москва"),
    User(106, "Павел Носов", "Отдел Москва"),
    User(107, "Наталья Белова", "Отдел Северо-Запад"),
    User(108, "Артём Савин", "Отдел Северо-Запад", 1.3),
    User(109, "Юлия Крылова", "Отдел Северо-Запад"),
    User(110, "Роман Тихонов", "Отдел Северо-Запад"),
    User(111, "Светлана Ершова", "Отдел Северо-Запад"),
    User(112, "Виктор Мельников", "Отдел Урал", 1.3),
    User(113, "Ирина Соболева", "Отдел Урал"),
    User(114, "Алексей Журавлёв", "Отдел Урал"),
    User(115, "Татьяна Котова", "Отдел Урал"),
    User(116, "Максим Никитин", "Отдел Урал"),
    User(117, "Евгений Панов", "Отдел Юг", dismissed_at=truths.DISMISSED_AT),
    User(118, "Алина Калинина", "Отдел Юг"),
    User(119, "Константин Щукин", "Отдел Юг"),
    User(120, "Вера Зимина", "Отдел Юг", hired_at=_NEW_HIRE),
    User(truths.TINY_MANAGER, "Глеб Агафонов", "Отдел Юг", 0),
)
HEADS = (2, 3)


@dataclass(frozen=True)
class Region:
    """`weight`: the region's part in new customers."""

    country: str
    name: str
    cities: tuple[str, ...]
    weight: float
    currency: str = "RUB"


REGIONS = (
    Region("Россия", "Москва", ("Москва",), 2.0),
    Region("Россия", "Санкт-Петербург", ("Санкт-Петербург",), 1.6),
    Region("Россия", "Московская область", ("Химки", "Подольск", "Мытищи"), 1.3),
    Region("Россия", truths.PRICE_WEAK_REGION, ("Самара", "Тольятти"), 1.4),
    Region("Россия", "Татарстан", ("Казань", "Набережные Челны"), 1.1),
    Region("Россия", "Свердловская область", ("Екатеринбург", "Нижний Тагил"), 1.1),
    Region("Россия", "Новосибирская область", ("Новосибирск", "Бердск"), 1.0),
    Region("Россия", "Краснодарский край", ("Краснодар", "Сочи"), 1.1),
    Region("Россия", "Ростовская область", ("Ростов-на-Дону", "Таганрог"), 1.0),
    Region("Россия", "Нижегородская область", ("Нижний Новгород", "Дзержинск"), 1.0),
    Region("Россия", "Челябинская область", ("Челябинск", "Магнитогорск"), 1.0),
    Region("Россия", "Башкортостан", ("Уфа", "Стерлитамак"), 1.0),
    Region("Россия", truths.LEADS_WEAK_REGION, ("Пермь", "Березники"), truths.LEADS_WEAK_WEIGHT),
    Region("Россия", "Воронежская область", ("Воронеж",), 0.9),
    Region("Казахстан", "Алматинская область", ("Алматы", "Талдыкорган"), 0.7, "KZT"),
)

RUB_PER_UNIT = {"RUB": 1.0, "USD": 90.0, "EUR": 98.0, "KZT": 0.19}
"""How the company sets a foreign price: one rate for two years. Reports use dated rates instead."""
CURRENCIES = tuple(RUB_PER_UNIT)


@dataclass(frozen=True)
class Campaign:
    """`weight`: part in new leads; `cost_per_lead` in roubles; `logit`: how good its leads are."""

    campaign_id: int
    title: str
    channel: str
    strategy: str
    weight: float
    cost_per_lead: float
    logit: float = 0.0
    started_at: datetime = FOUNDED


CAMPAIGNS = (
    Campaign(501, "Директ: отопление", "Яндекс.Директ", "Контекстная реклама", 1.6, 9_000),
    Campaign(502, "Директ: водоснабжение", "Яндекс.Директ", "Контекстная реклама", 1.3, 10_000),
    Campaign(503, "Догоняем смету", "Яндекс.Директ", truths.PAYING_STRATEGY, 1.2, 3_500, 0.5),
    Campaign(504, "Вернись за котлом", "VK Реклама", truths.PAYING_STRATEGY, 0.8, 3_500, 0.5),
    Campaign(505, "Монтажники ВКонтакте", "VK Реклама", "Социальные сети", 1.2, 8_000),
    Campaign(506, "Щиты на трассах", "Щиты", truths.WASTED_STRATEGY, 1.0, 60_000, -0.7),
    Campaign(507, "Aquatherm", "Выставки", "Отраслевые выставки", 0.7, 14_000, 0.2),
    Campaign(508, "Письма монтажникам", "E-mail", "Рассылки", 0.8, 9_000),
    Campaign(
        509,
        "Партнёры-проектировщики",
        "Партнёры",
        "Партнёрская программа",
        0.9,
        7_000,
        0.2,
        datetime(2025, 3, 3, 9, 0, tzinfo=UTC),
    ),
)
WITHOUT_CAMPAIGN = 0.22
"""Share of new-business deals that no campaign brought."""

LEAD_SOURCES = ("Реклама", "Сайт", "Звонок", "Рекомендация", "Повторное обращение")


@dataclass(frozen=True)
class LossReason:
    """`weights`: how often it ends a deal before, at and after the commercial proposal."""

    reason_id: int
    title: str
    group_code: str
    weights: tuple[float, float, float]


LOSS_REASONS = (
    LossReason(truths.TOP_LOST_REASON, "Дорого", "PRICE", (0.10, 0.50, 0.12)),
    LossReason(2, "Ушёл к конкуренту", "COMPETITOR", (0.08, 0.18, 0.30)),
    LossReason(3, "Не выходит на связь", "NO_CONTACT", (0.34, 0.06, 0.08)),
    LossReason(4, "Нет потребности", "NO_NEED", (0.22, 0.03, 0.02)),
    LossReason(5, "Отложили до следующего сезона", "TIMING", (0.14, 0.10, 0.08)),
    LossReason(6, "Не подошёл ассортимент", "PRODUCT", (0.06, 0.08, 0.02)),
    LossReason(7, "Долго отвечали", "OUR_DELAY", (0.03, 0.04, 0.34)),
    LossReason(8, "Другое", "OTHER", (0.03, 0.01, 0.04)),
)
WITHOUT_REASON = 0.07

COMPETITORS = ("ТеплоТорг", "АкваСнаб", "Котломаркет", "ИнжСистемы")
LOST_COMMENTS = (
    "Просили перезвонить весной",
    "Сравнивали с другим поставщиком",
    "Не согласовали бюджет",
    "Заказчик сменил подрядчика",
)
