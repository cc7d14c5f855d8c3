with

deals as (
    select * from {{ ref('fct_deals') }}
),

stages as (
    select * from {{ ref('dim_stages') }}
),

pipelines as (
    select * from {{ ref('dim_pipelines') }}
),

reasons as (
    select * from {{ ref('dim_lost_reasons') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

lost_deals as (
    select
        source,
        pipeline_id,
        coalesce(lost_stage_id, '(unknown)') as stage_id,
        coalesce(lost_reason_id, '(not recorded)') as lost_reason_id,
        closed_quarter,
        count(*) as deals,
        sum(amount) as value
    from deals
    where outcome = 'lost'
    group by source, pipeline_id, lost_stage_id, lost_reason_id, closed_quarter
),

-- From here on, quarter null is all time: losses of an unknown day are in it, and in no quarter.
counted as (
    select
        source,
        pipeline_id,
        stage_id,
        lost_reason_id,
        closed_quarter as quarter,
        deals,
        value
    from lost_deals
    where closed_quarter is not null
    union all
    select
        source,
        pipeline_id,
        stage_id,
        lost_reason_id,
        cast(null as date) as quarter,
        sum(deals) as deals,
        sum(value) as value
    from lost_deals
    group by source, pipeline_id, stage_id, lost_reason_id
),

shares as (
    select
        *,
        sum(deals) over (partition by pipeline_id, stage_id, quarter) as stage_deals,
        row_number() over (
            partition by pipeline_id, stage_id, quarter
            order by deals desc, value desc nulls last, lost_reason_id
        ) as reason_rank,
        sum(deals) over (
            partition by pipeline_id, stage_id, quarter
            order by deals desc, value desc nulls last, lost_reason_id
            rows between unbounded preceding and current row
        ) as cumulative_deals
    from counted
),

stage_totals as (
    select
        pipeline_id,
        stage_id,
        quarter,
        sum(deals) as stage_deals
    from counted
    where quarter is not null
    group by pipeline_id, stage_id, quarter
),

final as (
    select
        shares.source,
        shares.pipeline_id,
        pipelines.pipeline_name,
        shares.stage_id,
        coalesce(stages.stage_name, '(unknown)') as stage_name,
        stages.stage_number,
        shares.lost_reason_id,
        case
            when shares.lost_reason_id = '(not recorded)' then '(not recorded)'
            else coalesce(reasons.lost_reason, shares.lost_reason_id)
        end as lost_reason,
        reasons.category,
        shares.quarter,
        cast(shares.deals as bigint) as deals,
        cast(shares.value as decimal(18, 2)) as value,
        cast(shares.stage_deals as bigint) as stage_deals,
        {{ share('shares.deals', 'shares.stage_deals') }} as share_in_stage,
        cast(shares.reason_rank as bigint) as rank_in_stage,
        {{ share('shares.cumulative_deals', 'shares.stage_deals') }} as cumulative_share,
        {{ share('coalesce(previous_reason.deals, 0)', 'previous_stage.stage_deals') }}
            as previous_share,
        case when not sources.has_lost_reason then 'no_lost_reason' end as not_measurable,
        sources.as_of
    from shares
    inner join sources
        on shares.source = sources.source
    left join stages
        on
            shares.pipeline_id = stages.pipeline_id
            and shares.stage_id = stages.stage_id
    left join pipelines
        on shares.pipeline_id = pipelines.pipeline_id
    left join reasons
        on shares.lost_reason_id = reasons.lost_reason_id
    left join stage_totals as previous_stage
        on
            shares.pipeline_id = previous_stage.pipeline_id
            and shares.stage_id = previous_stage.stage_id
            and previous_stage.quarter = {{ add_to_date('month', -3, 'shares.quarter') }}
    left join counted as previous_reason
        on
            shares.pipeline_id = previous_reason.pipeline_id
            and shares.stage_id = previous_reason.stage_id
            and shares.lost_reason_id = previous_reason.lost_reason_id
            and previous_reason.quarter = {{ add_to_date('month', -3, 'shares.quarter') }}
)

select * from final
