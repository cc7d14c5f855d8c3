with

parts as (
    select * from {{ ref('restated_parts') }}
),

totals as (
    select * from {{ ref('restated_totals') }}
),

earlier as (
    select * from {{ source('ops', 'previous_restatements') }}
),

pipelines as (
    select * from {{ ref('dim_pipelines') }}
),

complete as (
    select min(as_of) as as_of from {{ ref('dim_sources') }}
),

found as (
    select
        parts.source,
        parts.pipeline_id,
        parts.month,
        parts.metric,
        parts.reason,
        parts.deals,
        parts.difference,
        totals.old_value,
        totals.new_value,
        parts.previous_publication_id,
        parts.previous_as_of,
        complete.as_of as restated_as_of
    from parts
    inner join totals
        on
            parts.metric = totals.metric
            and parts.month = totals.month
            and parts.pipeline_id is not distinct from totals.pipeline_id
    cross join complete
),

-- What was restated before stays on record: each publication carries it over to the next.
recorded as (
    select
        source,
        pipeline_id,
        month,
        metric,
        reason,
        deals,
        difference,
        old_value,
        new_value,
        previous_publication_id,
        previous_as_of,
        restated_as_of
    from found
    union all
    select
        source,
        pipeline_id,
        month,
        metric,
        reason,
        deals,
        difference,
        old_value,
        new_value,
        previous_publication_id,
        previous_as_of,
        restated_as_of
    from earlier
),

final as (
    select
        recorded.source,
        recorded.pipeline_id,
        pipelines.pipeline_name,
        recorded.month,
        recorded.metric,
        case
            when recorded.metric in ('value_won', 'value_lost') then 'reporting currency'
            else 'deals'
        end as unit,
        recorded.reason,
        recorded.deals,
        recorded.difference,
        recorded.old_value,
        recorded.new_value,
        recorded.previous_publication_id,
        recorded.previous_as_of,
        recorded.restated_as_of,
        complete.as_of
    from recorded
    cross join complete
    left join pipelines
        on recorded.pipeline_id = pipelines.pipeline_id
)

select * from final
