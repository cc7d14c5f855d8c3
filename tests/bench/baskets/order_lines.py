"""Order lines of a shop as a Parquet file: popular, rare and often combined products."""

from __future__ import annotations

from pathlib import Path

import duckdb

LINES_PER_ORDER = 5
PRODUCTS = 20_000
THEMES = 500
SOURCE = "shop"


def write_order_lines(path: Path, lines: int) -> None:
    """Write `lines` order lines, the same on every machine, as a shop would: order after order.

    An order has 5 lines on average and may have 60; some lines repeat a product. Half of the lines
    come from the order's theme, six products that are often bought together, and in every fourth
    order nearly all; the others are drawn by popularity. Ids are text that carries the source, as
    in the core tables.
    """
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
                with drawn as (
                    select
                        line,
                        sum(case when hash(line, 1) % {LINES_PER_ORDER} = 0 then 1 else 0 end)
                            over (order by line) as order_number,
                        hash(line, 2) / 18446744073709551616.0 as kind,
                        hash(line, 3) / 18446744073709551616.0 as product_draw,
                        hash(line, 4) % 6 as theme_place
                    from range({lines}) as t (line)
                ),
                themed as (
                    select
                        *,
                        hash(order_number, 5) % {THEMES} as theme,
                        hash(order_number, 6) % {max(lines // 100, 1)} as customer,
                        date '2024-01-01' + cast(hash(order_number, 7) % 730 as integer)
                            as ordered_on
                    from drawn
                ),
                chosen as (
                    select
                        *,
                        cast(
                            case
                                when kind < if(order_number % 4 = 0, 0.9, 0.35)
                                    then 37 * theme + 6 * theme_place
                                else floor({PRODUCTS} * power(product_draw, 2.5))
                            end as integer
                        ) as product
                    from themed
                )
                select
                    '{SOURCE}' as source,
                    concat('{SOURCE}:', order_number) as order_id,
                    concat('{SOURCE}:', line) as line_id,
                    cast(null as varchar) as deal_id,
                    concat('{SOURCE}:', customer) as customer_id,
                    concat('{SOURCE}:', product) as product_id,
                    'Россия' as country,
                    concat('Region ', customer % 80) as region,
                    concat('City ', customer % 800) as city,
                    cast(1 + line % 3 as decimal(18, 3)) as quantity,
                    cast((1 + line % 3) * (100 + product) as decimal(18, 2)) as list_amount,
                    cast(0 as decimal(18, 2)) as discount,
                    cast((1 + line % 3) * (100 + product) as decimal(18, 2)) as amount,
                    cast((1 + line % 3) * (60 + product / 2) as decimal(18, 2)) as cost,
                    ordered_on,
                    cast(date_trunc('month', ordered_on) as date) as ordered_month,
                    cast(date_trunc('quarter', ordered_on) as date) as ordered_quarter,
                    line % 50 = 0 as is_return,
                    line % 50 <> 0 as is_sold,
                    false as is_offered
                from chosen
            ) to '{path}' (format parquet, compression zstd)
            """
        )
