{#
    A deal takes what it counted for out of its old month and pipeline, and brings what it counts for now into the
    new ones; a correction within one month does both there, and the difference is left.
#}
with

pairs as (
    select * from {{ ref('restated_deals') }}
),

publications as (
    select
        publication_id,
        as_of,
        {{ month_start(reporting_day('as_of')) }} as unfinished_month
    from {{ source('ops', 'previous_publication') }}
),

old_rows as (
    {{ metric_rows('pairs', 'old_', ['deal_id', 'source', 'created_reason', 'closed_reason']) }}
),

new_rows as (
    {{ metric_rows('pairs', 'new_', ['deal_id', 'source', 'created_reason', 'closed_reason']) }}
),

effects as (
    select
        metric,
        case when metric = 'deals_created' then created_reason else closed_reason end as reason,
        source,
        pipeline_id,
        month,
        deal_id,
        -value as effect
    from old_rows
    union all
    select
        metric,
        case when metric = 'deals_created' then created_reason else closed_reason end as reason,
        source,
        pipeline_id,
        month,
        deal_id,
        value as effect
    from new_rows
),

-- Only months that were over when the publication compared with was made: the others were still to grow.
effects_of_deals as (
    select
        effects.metric,
        effects.reason,
        effects.source,
        effects.pipeline_id,
        effects.month,
        effects.deal_id,
        publications.publication_id,
        publications.as_of,
        sum(effects.effect) as effect
    from effects
    cross join publications
    where effects.month < publications.unfinished_month
    group by
        effects.metric,
        effects.reason,
        effects.source,
        effects.pipeline_id,
        effects.month,
        effects.deal_id,
        publications.publication_id,
        publications.as_of
    having sum(effects.effect) <> 0
),

final as (
    select
        metric,
        reason,
        source,
        pipeline_id,
        month,
        publication_id as previous_publication_id,
        as_of as previous_as_of,
        count(*) as deals,
        cast(sum(effect) as decimal(18, 2)) as difference
    from effects_of_deals
    group by metric, reason, source, pipeline_id, month, publication_id, as_of
)

select * from final
