"""Products and regions of the small company of conftest.py: contracts, and tables as SQL."""

from __future__ import annotations

from dagster_project.warehouse.contract import Contract, TableContract

SALES_CONTRACT: Contract = {
    "products": TableContract(
        {
            "source": "varchar",
            "product_id": "varchar",
            "quarter": "date",
            "units": "bigint",
            "revenue": "decimal(18,2)",
            "orders": "bigint",
            "customers": "bigint",
            "returned_units": "bigint",
            "offered_deals": "bigint",
            "won_deals": "bigint",
            "win_rate": "double",
            "abc_revenue": "varchar",
            "verdict": "varchar",
            "as_of": "timestamp",
        },
        ("product_id", "quarter"),
    ),
    "bundles": TableContract(
        {
            "product_ids": "varchar",
            "size": "integer",
            "orders": "bigint",
            "all_orders": "bigint",
            "min_orders": "bigint",
            "support": "double",
            "lift": "double",
            "as_of": "timestamp",
        },
        ("product_ids",),
    ),
    "bought_together": TableContract(
        {
            "product_id": "varchar",
            "place": "integer",
            "orders": "bigint",
            "product_orders": "bigint",
            "with_product_orders": "bigint",
            "all_orders": "bigint",
            "confidence": "double",
            "lift": "double",
            "p_value": "double",
            "q_value": "double",
            "as_of": "timestamp",
        },
        ("product_id", "place"),
    ),
    "region_marketing": TableContract(
        {
            "region": "varchar",
            "strategy": "varchar",
            "quarter": "date",
            "spend": "decimal(18,2)",
            "leads": "bigint",
            "wins": "bigint",
            "new_customers": "bigint",
            "revenue": "decimal(18,2)",
            "romi": "double",
            "as_of": "timestamp",
        },
        ("region", "strategy", "quarter"),
    ),
    "region_drivers": TableContract(
        {
            "region": "varchar",
            "quarter": "date",
            "comparison": "varchar",
            "driver": "varchar",
            "revenue": "decimal(18,2)",
            "base_revenue": "decimal(18,2)",
            "revenue_difference": "decimal(18,2)",
            "effect": "decimal(18,2)",
            "not_measurable": "varchar",
            "as_of": "timestamp",
        },
        ("region", "quarter", "comparison", "driver"),
    ),
    "region_verdicts": TableContract(
        {
            "region": "varchar",
            "verdict": "varchar",
            "reason": "varchar",
            "evidence": "varchar",
            "as_of": "timestamp",
        },
        ("region",),
    ),
    "data_coverage": TableContract(
        {
            "source": "varchar",
            "dimension": "varchar",
            "manager_id": "varchar",
            "member": "varchar",
            "n": "bigint",
            "missing_n": "bigint",
            "missing_share": "double",
            "as_of": "timestamp",
        },
        ("source", "dimension", "manager_id", "member"),
    ),
}

SALES_TABLES = """
    alter table core.fct_order_lines add column ordered_quarter date default date '2026-04-01';
    alter table core.fct_order_lines add column region varchar;
    update core.fct_order_lines
        set region = case order_id when 'o1' then 'Тверь' else '(unknown)' end;
    alter table core.fct_deals add column region varchar default '(unknown)';
    create table core.fct_marketing_spend as
        select 'Тверь' as region, cast(2 as decimal(18, 2)) as amount;
    create table marts.products as
        select
            'demo' as source, 'a' as product_id, cast(quarter as date) as quarter,
            cast(2 as bigint) as units, cast(3.20 as decimal(18, 2)) as revenue,
            cast(2 as bigint) as orders, cast(2 as bigint) as customers,
            cast(0 as bigint) as returned_units, cast(8 as bigint) as offered_deals,
            cast(2 as bigint) as won_deals, cast(0.25 as double) as win_rate,
            'A' as abc_revenue, 'best_seller' as verdict, timestamp '2026-07-01' as as_of
        from (values (null), (date '2026-04-01')) as t(quarter);
    create table marts.bundles as
        select
            'a|b' as product_ids, cast(2 as integer) as size, cast(5 as bigint) as orders,
            cast(10 as bigint) as all_orders, cast(5 as bigint) as min_orders,
            cast(0.5 as double) as support, cast(1.2 as double) as lift,
            timestamp '2026-07-01' as as_of;
    create table marts.bought_together as
        select
            'a' as product_id, cast(1 as integer) as place, cast(5 as bigint) as orders,
            cast(6 as bigint) as product_orders, cast(7 as bigint) as with_product_orders,
            cast(10 as bigint) as all_orders, cast(5 / 6.0 as double) as confidence,
            cast(1.19 as double) as lift, cast(0.01 as double) as p_value,
            cast(0.02 as double) as q_value, timestamp '2026-07-01' as as_of;
    create table marts.region_marketing as
        select
            'Тверь' as region, 's' as strategy, cast(quarter as date) as quarter,
            cast(2 as decimal(18, 2)) as spend, cast(4 as bigint) as leads,
            cast(1 as bigint) as wins, cast(1 as bigint) as new_customers,
            cast(1.10 as decimal(18, 2)) as revenue, cast(-0.45 as double) as romi,
            timestamp '2026-07-01' as as_of
        from (values (null), (date '2026-04-01')) as t(quarter);
    create table marts.region_drivers as
        select
            'Тверь' as region, cast(null as date) as quarter, 'rest_of_company' as comparison,
            driver, cast(1.10 as decimal(18, 2)) as revenue,
            cast(2.10 as decimal(18, 2)) as base_revenue,
            cast(-1 as decimal(18, 2)) as revenue_difference,
            cast(effect as decimal(18, 2)) as effect, not_measurable,
            timestamp '2026-07-01' as as_of
        from (values
            ('leads', -0.60, null), ('win_rate', -0.40, null), ('carry_over', 0, 'no_deals'),
            ('other_orders', 0, null), ('price', 0, null), ('volume', 0, null), ('mix', 0, null),
            ('new_products', 0, null), ('lost_products', 0, null), ('unknown_products', 0, null)
        ) as t(driver, effect, not_measurable);
    create table marts.region_verdicts as
        select
            'Тверь' as region, 'keep' as verdict, 'as_elsewhere' as reason,
            'nothing differs' as evidence, timestamp '2026-07-01' as as_of;
    create table marts.data_coverage as
        select
            'demo' as source, dimension, cast(null as varchar) as manager_id, member,
            cast(n as bigint) as n, cast(missing_n as bigint) as missing_n,
            missing_n / cast(n as double) as missing_share, timestamp '2026-07-01' as as_of
        from (values
            ('region', null, 10, 4), ('city', null, 200, 3), ('city', 'Урюпинск', 3, 3),
            ('city_region', null, 200, 3), ('city_region', 'Урюпинск', 2, 2),
            ('city_region', 'Мышкин', 1, 1), ('lost_reason', null, 6, 2)
        ) as t(dimension, member, n, missing_n);
"""
