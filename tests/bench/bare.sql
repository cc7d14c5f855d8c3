-- The report tables of the demo CRM, written by hand as one script over the same raw tables: the limit
-- to measure the pipeline against. `warehouse` is attached read only, `rates` is the seed; output: this file.

create table rates as
select
    from_currency as currency, rate, valid_from,
    lead(valid_from, 1, date '2041-01-01') over (partition by from_currency order by valid_from) as valid_to
from seed_rates
where to_currency = 'RUB';

create table live as
select d.*
from warehouse.raw_demo.deals as d
anti join (select entity_id from warehouse.raw_demo.deletion_log where entity_type = 'deal') as x on d.id = x.entity_id
where not d.in_trash;

create table stages as
select
    id, pipeline_id, title, type,
    case when type = 'open' then row_number() over (partition by pipeline_id, type order by sort) end as n,
    count(*) filter (where type = 'open') over (partition by pipeline_id) as stage_count
from warehouse.raw_demo.pipeline_stages;

-- stage history: one row per stay
create table stays as
with events as (
    select
        h.deal_id, h.stage_id, h.moved_at, h.responsible_id,
        lag(h.stage_id) over w as before_id,
        lead(h.stage_id) over w as after_id,
        lead(h.moved_at) over w as after_at
    from warehouse.raw_demo.deal_stage_history as h
    semi join live on h.deal_id = live.id
    window w as (partition by h.deal_id order by h.moved_at, h.seq)
)
select
    e.deal_id, s.pipeline_id, e.stage_id, s.n, s.type, e.moved_at as entered_at, e.responsible_id,
    e.after_id as next_stage_id,
    case
        when s.type <> 'open' then null
        when e.after_id is not null then e.after_at
        when d.status <> 'open' then greatest(d.closed_at, e.moved_at)
    end as left_at,
    case
        when s.type <> 'open' then null
        when coalesce(a.pipeline_id, d.pipeline_id) <> s.pipeline_id then 'moved_pipeline'
        when coalesce(a.type, d.status) = 'won' then 'advanced'
        when coalesce(a.type, d.status) = 'lost' then 'lost'
        when a.n < s.n then 'moved_back'
        when a.id is not null then 'advanced'
    end as exit_kind,
    s.pipeline_id = d.pipeline_id as is_current_pipeline
from events as e
join live as d on e.deal_id = d.id
join stages as s on e.stage_id = s.id
left join stages as a on e.after_id = a.id
where e.before_id is distinct from e.stage_id;

create table deals as
with history as (
    select
        deal_id,
        max(n) filter (where is_current_pipeline) as furthest,
        bool_or(type = 'won' and is_current_pipeline) as was_won,
        max(entered_at) filter (where type <> 'open') as ended_at,
        max_by(stage_id, entered_at) filter (where exit_kind = 'lost' and is_current_pipeline) as lost_stage_id
    from stays
    group by deal_id
),

dated as (
    select
        d.*, h.lost_stage_id, c.region, c.city,
        case when d.status <> 'open' then coalesce(d.closed_at, h.ended_at) end as ended_at,
        s.stage_count,
        case
            when d.status = 'won' or h.was_won then s.stage_count
            else greatest(coalesce(h.furthest, 1), coalesce(cs.n, 1))
        end as furthest
    from live as d
    left join history as h on d.id = h.deal_id
    left join warehouse.raw_demo.clients as c on d.client_id = c.id
    left join (select distinct pipeline_id, stage_count from stages) as s on d.pipeline_id = s.pipeline_id
    left join stages as cs on d.stage_id = cs.id
)

select
    dated.* exclude (budget), a.complete_to,
    case when dated.created_at <= a.complete_to + interval 1 day
        then cast((dated.created_at at time zone 'UTC') + interval 3 hour as date) end as created_on,
    case when dated.ended_at <= a.complete_to + interval 1 day
        then cast((dated.ended_at at time zone 'UTC') + interval 3 hour as date) end as closed_on,
    cast(round(dated.budget * coalesce(r.rate, 1), 2) as decimal(18, 2)) as amount
from dated
cross join warehouse.raw_demo.account as a
left join rates as r
    on dated.currency = r.currency
    and coalesce(dated.ended_at, dated.created_at)::date >= r.valid_from
    and coalesce(dated.ended_at, dated.created_at)::date < r.valid_to;

create table lines as
with dated as (
    select
        i.order_id, i.good_id, i.deal_id, coalesce(i.client_id, d.client_id) as client_id,
        i.quantity, i.price, i.discount, i.total, i.currency, i.is_return, d.status, d.responsible_id,
        cast((coalesce(i.ordered_at, d.ended_at) at time zone 'UTC') + interval 3 hour as date) as ordered_on
    from warehouse.raw_demo.order_items as i
    left join deals as d on i.deal_id = d.id
)

select
    dated.* exclude (total),
    cast(round(dated.total * coalesce(r.rate, 1), 2) as decimal(18, 2)) as amount,
    cast(dated.quantity * g.cost as decimal(18, 2)) as cost,
    c.region, c.city,
    not dated.is_return and (dated.deal_id is null or dated.status = 'won') as is_sold
from dated
left join warehouse.raw_demo.clients as c on dated.client_id = c.id
left join warehouse.raw_demo.goods as g on dated.good_id = g.id
left join rates as r
    on dated.currency = r.currency and dated.ordered_on >= r.valid_from and dated.ordered_on < r.valid_to;

create table funnel_stages as
with cells as (
    select
        pipeline_id, date_trunc('month', created_on) as cohort_month, furthest, status,
        count(*) as n, sum(amount) as amount, grouping(date_trunc('month', created_on)) = 1 as is_all
    from deals
    group by grouping sets (
        (pipeline_id, furthest, status), (pipeline_id, furthest, status, date_trunc('month', created_on))
    )
)

select
    s.pipeline_id, s.id as stage_id, s.n as stage_number, c.cohort_month, c.is_all,
    coalesce(sum(c.n) filter (where c.furthest >= s.n), 0) as reached,
    coalesce(sum(c.n) filter (where c.furthest > s.n or (c.furthest = s.n and c.status = 'won')), 0) as passed,
    coalesce(sum(c.n) filter (where c.furthest = s.n and c.status = 'lost'), 0) as lost,
    coalesce(sum(c.n) filter (where c.furthest = s.n and c.status = 'open'), 0) as open,
    sum(c.amount) filter (where c.furthest = s.n and c.status = 'lost') as lost_value
from stages as s
join cells as c on s.pipeline_id = c.pipeline_id
where s.n is not null and (c.is_all or c.cohort_month is not null)
group by s.pipeline_id, s.id, s.n, c.cohort_month, c.is_all;

create table stage_durations as
with finished as (
    select
        pipeline_id, stage_id, responsible_id,
        date_trunc('quarter', cast((entered_at at time zone 'UTC') + interval 3 hour as date)) as quarter,
        left_at, epoch(left_at - entered_at) / 86400 as days
    from stays
    where type = 'open'
)

select
    pipeline_id, stage_id, responsible_id, quarter,
    count(left_at) as finished_stays, avg(days) as mean_days, median(days) as median_days,
    quantile_cont(days, 0.9) as p90_days, count(*) filter (where left_at is null) as open_stays,
    (grouping(responsible_id) = 1 or responsible_id is not null) and (grouping(quarter) = 1 or quarter is not null) as is_group
from finished
group by grouping sets (
    (pipeline_id, stage_id), (pipeline_id, stage_id, responsible_id), (pipeline_id, stage_id, quarter),
    (pipeline_id, stage_id, responsible_id, quarter)
);

create table managers as
select
    responsible_id, date_trunc('quarter', closed_on) as quarter, count(*) as deals,
    count(*) filter (where status = 'won') as wins, sum(amount) filter (where status = 'won') as value,
    median(epoch(ended_at - created_at) / 86400) filter (where status = 'won') as cycle_days,
    grouping(date_trunc('quarter', closed_on)) = 1 or date_trunc('quarter', closed_on) is not null as is_group
from deals
where status <> 'open'
group by grouping sets ((responsible_id), (responsible_id, date_trunc('quarter', closed_on)));

create table lost_reasons as
with counted as (
    select
        d.pipeline_id, d.lost_stage_id, r.title, date_trunc('quarter', d.closed_on) as quarter,
        count(*) as deals, sum(d.amount) as value,
        grouping(date_trunc('quarter', d.closed_on)) = 1 or date_trunc('quarter', d.closed_on) is not null as is_group
    from deals as d
    left join warehouse.raw_demo.loss_reasons as r on d.loss_reason_id = r.id
    where d.status = 'lost'
    group by grouping sets (
        (d.pipeline_id, d.lost_stage_id, r.title),
        (d.pipeline_id, d.lost_stage_id, r.title, date_trunc('quarter', d.closed_on))
    )
)

select
    *, deals / sum(deals) over stage as share_in_stage,
    sum(deals) over (stage order by deals desc, title) / sum(deals) over stage as cumulative_share
from counted
window stage as (partition by pipeline_id, lost_stage_id, quarter);

create table products as
with periods as (
    select
        good_id, date_trunc('quarter', ordered_on) as quarter,
        sum(quantity) filter (where is_sold) as units, sum(amount) filter (where is_sold) as revenue,
        sum(amount - cost) filter (where is_sold) as margin,
        count(distinct order_id) filter (where is_sold) as orders,
        count(distinct client_id) filter (where is_sold) as customers,
        sum(amount) filter (where is_return) as returned_revenue,
        grouping(date_trunc('quarter', ordered_on)) = 1 or date_trunc('quarter', ordered_on) is not null as is_group
    from lines
    where good_id is not null
    group by grouping sets ((good_id), (good_id, date_trunc('quarter', ordered_on)))
),

offered as (
    select good_id, count(distinct deal_id) as deals, count(distinct deal_id) filter (where status = 'won') as wins
    from lines
    where status <> 'open' and not is_return and good_id is not null
    group by good_id
)

select
    p.*, o.deals, o.wins,
    rank() over (partition by p.quarter order by p.revenue desc nulls last) as rank_overall,
    sum(p.revenue) over (partition by p.quarter order by p.revenue desc nulls last)
    / sum(p.revenue) over (partition by p.quarter) as cumulative_share
from periods as p
left join offered as o on p.good_id = o.good_id;

-- baskets on integer codes, only goods that reach the support
create table baskets as
with items as (
    select distinct order_id, good_id from lines where is_sold and good_id is not null
),

floor as (
    select greatest(5, ceil(0.0002 * count(distinct order_id))) as orders from items
),

frequent as (
    select good_id, count(*) as orders from items group by good_id having count(*) >= (select orders from floor)
)

select items.order_id, items.good_id, (select orders from floor) as floor
from items semi join frequent on items.good_id = frequent.good_id
order by items.order_id;

create table pairs as
select l.good_id as a, r.good_id as b, count(*) as orders
from baskets as l join baskets as r on l.order_id = r.order_id and l.good_id < r.good_id
group by all
having count(*) >= (select any_value(floor) from baskets);

create table pair_sets as select row_number() over () as set_id, * from pairs;

create table pair_occurrences as
with together as materialized (
    select l.order_id, l.good_id as a, r.good_id as b
    from baskets as l join baskets as r on l.order_id = r.order_id and l.good_id < r.good_id
)

select t.order_id, s.set_id, s.a, s.b from together as t join pair_sets as s on t.a = s.a and t.b = s.b;

create table triples as
select l.a, l.b, r.b as c, count(*) as orders
from pair_occurrences as l join pair_occurrences as r on l.order_id = r.order_id and l.a = r.a and l.b < r.b
group by all
having count(*) >= (select any_value(floor) from baskets);

create table triple_occurrences as
select l.order_id, l.a, l.b, r.b as c
from pair_occurrences as l
join pair_occurrences as r on l.order_id = r.order_id and l.a = r.a and l.b < r.b
semi join triples as t on l.a = t.a and l.b = t.b and r.b = t.c;

create table quadruples as
select l.a, l.b, l.c, r.c as d, count(*) as orders
from triple_occurrences as l
join triple_occurrences as r on l.order_id = r.order_id and l.a = r.a and l.b = r.b and l.c < r.c
group by all
having count(*) >= (select any_value(floor) from baskets);

create table bought_together as
with singles as (
    select good_id, count(*) as orders from baskets group by good_id
),

total as (
    select count(distinct order_id) as n from lines where is_sold and good_id is not null
)

select
    p.a, p.b, p.orders, p.orders / t.n as support, p.orders / sa.orders as confidence,
    p.orders * t.n / (sa.orders * sb.orders) as lift
from (select a, b, orders from pairs union all select b, a, orders from pairs) as p
join singles as sa on p.a = sa.good_id
join singles as sb on p.b = sb.good_id
cross join total as t;

create table regions as
with leads as (
    select
        coalesce(region, '(unknown)') as region, date_trunc('quarter', created_on) as quarter,
        count(*) as leads, count(*) filter (where status = 'won') as wins,
        grouping(date_trunc('quarter', created_on)) = 1 or date_trunc('quarter', created_on) is not null as is_group
    from deals
    group by grouping sets ((region), (region, date_trunc('quarter', created_on)))
),

sales as (
    select
        coalesce(region, '(unknown)') as region, date_trunc('quarter', ordered_on) as quarter,
        sum(amount) as revenue, count(distinct order_id) as orders, count(distinct client_id) as customers,
        grouping(date_trunc('quarter', ordered_on)) = 1 or date_trunc('quarter', ordered_on) is not null as is_group
    from lines
    where is_sold
    group by grouping sets ((region), (region, date_trunc('quarter', ordered_on)))
)

select coalesce(l.region, s.region) as region, coalesce(l.quarter, s.quarter) as quarter,
    l.leads, l.wins, s.revenue, s.orders, s.customers
from (from leads where is_group) as l
full join (from sales where is_group) as s on l.region = s.region and l.quarter is not distinct from s.quarter;

create table region_marketing as
with sold as (
    select deal_id, sum(amount) as revenue from lines where is_sold and deal_id is not null group by deal_id
),

labelled as (
    select
        coalesce(d.region, '(unknown)') as region, coalesce(c.channel, '(unknown)') as channel,
        coalesce(c.strategy, '(unknown)') as strategy, d.status = 'won' as is_won,
        date_trunc('quarter', d.created_on) as created, date_trunc('quarter', d.closed_on) as closed, sold.revenue
    from deals as d
    left join warehouse.raw_demo.campaigns as c on d.campaign_id = c.id
    left join sold on d.id = sold.deal_id
),

entries as (
    select coalesce(region, '(unknown)') as region, channel, strategy, date_trunc('quarter', day) as quarter,
        sum(cost) as spend, 0 as leads, 0 as wins, 0 as revenue
    from warehouse.raw_demo.ad_spend group by all
    union all
    select region, channel, strategy, created, 0, count(*), 0, 0 from labelled group by all
    union all
    select region, channel, strategy, closed, 0, 0, count(*), sum(revenue) from labelled where is_won group by all
)

select region, channel, strategy, quarter, sum(spend) as spend, sum(leads) as leads, sum(wins) as wins,
    coalesce(sum(revenue), 0) as revenue, grouping(quarter) = 1 or quarter is not null as is_group
from entries
group by grouping sets ((region, channel, strategy), (region, channel, strategy, quarter));
