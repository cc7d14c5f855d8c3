{#
    Each dimension: the rows it is asked of, what makes one of them miss it, the dim_sources flag without
    which the source cannot know it (or none), and whether it is also counted for every manager.
#}
{%- set deal_dimensions = [
    ('manager', 'true', 'manager_id is null', none, false),
    ('customer', 'true', 'customer_id is null', none, false),
    ('region', 'true', "region = '(unknown)'", 'has_region', true),
    ('amount', 'true', 'amount is null', none, true),
    ('created_date', 'true', 'created_on is null', none, false),
    ('closed_date', "outcome <> 'open'", 'closed_on is null', none, false),
    ('stage_history', 'true', 'not has_stage_history', 'has_stage_history', false),
    ('lost_stage', "outcome = 'lost'", 'lost_stage_id is null', none, false),
    ('lost_reason', "outcome = 'lost'", 'lost_reason_id is null', 'has_lost_reason', true),
    ('invoice', "outcome = 'won'", 'not has_invoice', 'has_invoices', true),
] -%}
{%- set line_dimensions = [
    ('product', 'is_sold', 'product_id is null', 'has_lines', false),
    ('cost', 'is_sold and product_id is not null', 'cost is null', 'has_lines', false),
    ('order_date', 'is_sold', 'ordered_on is null', 'has_lines', false),
] -%}
with

deals as (
    select * from {{ ref('fct_deals') }}
),

order_lines as (
    select * from {{ ref('fct_order_lines') }}
),

documents as (
    select * from {{ ref('fct_documents') }}
),

deleted_deals as (
    select * from {{ ref('fct_deleted_deals') }}
),

cities as (
    select * from {{ ref('city_coverage') }}
),

losses as (
    select * from {{ ref('losses') }}
    where is_standing
),

managers as (
    select * from {{ ref('dim_managers') }}
),

-- A stage is known as well if nightly snapshots saw the deal there.
sources as (
    select
        source,
        has_stage_history or coalesce(history_basis = 'snapshots', false) as has_stage_history,
        has_lost_reason,
        has_lines,
        has_invoices,
        has_region,
        history_start,
        as_of
    from {{ ref('dim_sources') }}
),

invoiced_deals as (
    select distinct deal_id
    from documents
    where kind = 'invoice'
),

deals_and_invoices as (
    select
        deals.source,
        deals.manager_id,
        deals.customer_id,
        deals.region,
        deals.amount,
        deals.created_on,
        deals.closed_on,
        deals.outcome,
        deals.has_stage_history,
        deals.lost_stage_id,
        deals.lost_reason_id,
        invoiced_deals.deal_id is not null as has_invoice
    from deals
    left join invoiced_deals
        on deals.deal_id = invoiced_deals.deal_id
),

deal_counts as (
    select
        source,
        manager_id,
        {{ coverage_counts(deal_dimensions) }}
    from deals_and_invoices
    group by source, manager_id
),

-- The reason was for whoever lost the deal to record, not for whoever owns it now.
loss_counts as (
    select
        source,
        nullif(manager_id, '(nobody)') as manager_id,
        {{ coverage_counts([
            ('lost_reason', 'true', "lost_reason_id = '(not recorded)'", 'has_lost_reason', true)
        ]) }}
    from losses
    group by source, manager_id
),

line_counts as (
    select
        source,
        {{ coverage_counts(line_dimensions) }}
    from order_lines
    group by source
),

live_deals as (
    select
        source,
        count(*) as deals
    from deals
    group by source
),

deleted_counts as (
    select
        source,
        count(*) as deals
    from deleted_deals
    group by source
),

coverage as (
    {% for name, asked_of, missing, capability, by_manager in deal_dimensions -%}
    {{ coverage_rows('deal_counts', name, capability) }}
    union all
    {% if by_manager -%}
    {{ coverage_rows(
        'loss_counts' if name == 'lost_reason' else 'deal_counts', name, capability, by_manager=true
    ) }}
    union all
    {% endif -%}
    {% endfor -%}
    {% for name, asked_of, missing, capability, by_manager in line_dimensions -%}
    {{ coverage_rows('line_counts', name, capability) }}
    union all
    {% endfor -%}
    select
        cities.source,
        cities.dimension,
        cast(null as {{ dbt.type_string() }}) as manager_id,
        cities.member,
        cities.n,
        cities.missing_n,
        null as value,
        null as missing_value,
        case when not sources.has_region then 'no_region' end as not_measurable
    from cities
    inner join sources
        on cities.source = sources.source
    union all
    select
        sources.source,
        'deleted_deals' as dimension,
        cast(null as {{ dbt.type_string() }}) as manager_id,
        cast(null as {{ dbt.type_string() }}) as member,
        coalesce(live_deals.deals, 0) + coalesce(deleted_counts.deals, 0) as n,
        coalesce(deleted_counts.deals, 0) as missing_n,
        null as value,
        null as missing_value,
        cast(null as {{ dbt.type_string() }}) as not_measurable
    from sources
    left join live_deals
        on sources.source = live_deals.source
    left join deleted_counts
        on sources.source = deleted_counts.source
),

final as (
    select
        coverage.source,
        coverage.dimension,
        coverage.manager_id,
        managers.manager_name,
        coverage.member,
        cast(coverage.n as bigint) as n,
        case when coverage.not_measurable is null then cast(coverage.missing_n as bigint) end
            as missing_n,
        case
            when coverage.not_measurable is null then {{ share('coverage.missing_n', 'coverage.n') }}
        end as missing_share,
        cast(coverage.value as decimal(18, 2)) as value,
        case
            when coverage.not_measurable is null
                then cast(coverage.missing_value as decimal(18, 2))
        end as missing_value,
        case
            when coverage.not_measurable is null
                then {{ share('coverage.missing_value', 'coverage.value') }}
        end as missing_value_share,
        coverage.not_measurable,
        case when coverage.dimension = 'stage_history' then sources.history_start end as known_since,
        sources.as_of
    from coverage
    inner join sources
        on coverage.source = sources.source
    left join managers
        on coverage.manager_id = managers.manager_id
)

select * from final
