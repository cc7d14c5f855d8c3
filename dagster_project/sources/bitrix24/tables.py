"""Bitrix24's raw tables. Names of fields are the portal's: camelCase of the new methods, capitals
of the old ones. `mapped_*` fields are copies of the fields the company's mapping names."""

from __future__ import annotations

from dagster_project.sources.rest.table import Table

DEALS = Table(
    "deals",
    ("id",),
    (
        "id",
        "categoryId",
        "stageId",
        "stageSemanticId",
        "opportunity",
        "currencyId",
        "companyId",
        "contactId",
        "assignedById",
        "sourceId",
        "utmSource",
        "utmMedium",
        "utmCampaign",
        "createdTime",
        "updatedTime",
        "movedTime",
        "isRecurring",
        "mapped_lost_reason",
        "mapped_lost_comment",
        "mapped_competitor",
        "mapped_region",
        "mapped_city",
    ),
    required=("categoryId", "stageId", "stageSemanticId", "assignedById", "createdTime"),
)
COMPANIES = Table(
    "companies",
    ("id",),
    ("id", "title", "createdTime", "updatedTime", "mapped_region", "mapped_city"),
    required=("title",),
)
CONTACTS = Table(
    "contacts",
    ("id",),
    ("id", "name", "lastName", "createdTime", "updatedTime", "mapped_region", "mapped_city"),
    required=("name",),
)
QUOTES = Table(
    "quotes",
    ("id",),
    (
        "id",
        "dealId",
        "stageId",
        "opportunity",
        "currencyId",
        "begindate",
        "closedate",
        "createdTime",
        "updatedTime",
    ),
    required=("dealId", "stageId"),
)
INVOICES = Table(
    "invoices",
    ("id",),
    (
        "id",
        "parentId2",
        "categoryId",
        "stageId",
        "opportunity",
        "currencyId",
        "begindate",
        "closedate",
        "createdTime",
        "updatedTime",
        "movedTime",
    ),
    required=("stageId",),
)
_HISTORY_FIELDS = (
    "ID",
    "TYPE_ID",
    "OWNER_ID",
    "CREATED_TIME",
    "CATEGORY_ID",
    "STAGE_SEMANTIC_ID",
    "STAGE_ID",
)
DEAL_STAGE_HISTORY = Table(
    "deal_stage_history", ("ID",), _HISTORY_FIELDS, required=_HISTORY_FIELDS[2:]
)
INVOICE_STAGE_HISTORY = Table(
    "invoice_stage_history", ("ID",), _HISTORY_FIELDS, required=("OWNER_ID", "CREATED_TIME")
)
CATEGORIES = Table("categories", ("id",), ("id", "name", "sort", "isDefault"), ("name",), "replace")
STATUSES = Table(
    "statuses",
    ("ENTITY_ID", "STATUS_ID"),
    ("ENTITY_ID", "STATUS_ID", "NAME", "SORT", "SEMANTICS"),
    ("NAME", "SORT", "SEMANTICS"),
    "replace",
)
USERS = Table(
    "users",
    ("ID",),
    ("ID", "ACTIVE", "NAME", "LAST_NAME", "UF_DEPARTMENT"),
    ("ACTIVE",),
    "replace",
)
DEPARTMENTS = Table("departments", ("ID",), ("ID", "NAME", "PARENT"), ("NAME",), "replace")
REQUISITES = Table(
    "requisites",
    ("ID",),
    ("ID", "ENTITY_TYPE_ID", "ENTITY_ID"),
    ("ENTITY_TYPE_ID", "ENTITY_ID"),
    "replace",
)
ADDRESSES = Table(
    "addresses",
    ("ENTITY_TYPE_ID", "ENTITY_ID", "TYPE_ID"),
    ("ENTITY_TYPE_ID", "ENTITY_ID", "TYPE_ID", "CITY", "REGION", "PROVINCE", "COUNTRY"),
    owner="ENTITY_ID",
)
CATALOGS = Table("catalogs", ("iblockId",), ("iblockId", "name"), (), "replace")
SECTIONS = Table("sections", ("id",), ("id", "name"), ("name",), "replace")
PRODUCTS = Table(
    "products",
    ("id",),
    ("id", "iblockId", "iblockSectionId", "name", "code", "active", "purchasingPrice"),
    ("name",),
    "replace",
)
PRICES = Table("prices", ("id",), ("id", "productId", "price"), ("productId", "price"), "replace")
PRODUCT_ROWS = Table(
    "product_rows",
    ("id",),
    ("id", "ownerId", "productId", "price", "priceBrutto", "quantity", "sort"),
    ("ownerId",),
    owner="ownerId",
)
ACTIVITIES = Table(
    "activities",
    ("ID",),
    (
        "ID",
        "OWNER_ID",
        "OWNER_TYPE_ID",
        "TYPE_ID",
        "PROVIDER_ID",
        "CREATED",
        "LAST_UPDATED",
        "START_TIME",
        "DEADLINE",
        "RESPONSIBLE_ID",
    ),
    required=("OWNER_ID", "TYPE_ID", "CREATED"),
)
DEAL_IDS = Table("deal_ids", ("id",), ("id",), whole=True)
FIELD_VALUES = Table(
    "field_values", ("entity", "role", "id"), ("entity", "role", "id", "value"), (), "replace"
)
STAGE_ROLES = Table("stage_roles", ("stage_id",), ("stage_id", "role"), ("role",), "replace")
PORTAL = Table(
    "portal",
    ("url",),
    ("url", "region_in", "lost_reason_from"),
    (),
    "replace",
)

TABLES = (
    CATEGORIES,
    STATUSES,
    USERS,
    DEPARTMENTS,
    COMPANIES,
    CONTACTS,
    REQUISITES,
    ADDRESSES,
    CATALOGS,
    SECTIONS,
    PRODUCTS,
    PRICES,
    DEALS,
    PRODUCT_ROWS,
    DEAL_STAGE_HISTORY,
    QUOTES,
    INVOICES,
    INVOICE_STAGE_HISTORY,
    ACTIVITIES,
    DEAL_IDS,
    FIELD_VALUES,
    STAGE_ROLES,
    PORTAL,
)
