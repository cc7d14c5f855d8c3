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

sources as (
    select * from {{ ref('dim_sources') }}
),

-- What a deal adds to the funnel depends on these columns only: a few rows stand for all deals.
kinds_of_deal as (
    select
        pipeline_id,
        cohort_month,
        outcome,
        furthest_stage_number,
        has_stage_history,
        entered_stages,
        count(*) as deals,
        sum(amount) as value
    from deals
    group by
        pipeline_id,
        cohort_month,
        outcome,
        furthest_stage_number,
        has_stage_history,
        entered_stages
),

-- From here on, cohort_month null is all time: deals of an unknown month are in it, and in no month.
kinds_by_cohort as (
    select * from kinds_of_deal
    where cohort_month is not null
    union all
    select
        pipeline_id,
        cast(null as date) as cohort_month,
        outcome,
        furthest_stage_number,
        has_stage_history,
        entered_stages,
        deals,
        value
    from kinds_of_deal
),

cohorts as (
    select
        pipeline_id,
        cohort_month,
        sum(deals) as deals,
        sum(case when outcome = 'open' then deals else 0 end) as open_deals,
        sum(case when outcome = 'lost' and not has_stage_history then deals else 0 end)
            as lost_at_unknown_stage
    from kinds_by_cohort
    group by pipeline_id, cohort_month
),

reached as (
    select
        kinds_by_cohort.pipeline_id,
        kinds_by_cohort.cohort_month,
        stages.stage_id,
        kinds_by_cohort.deals,
        kinds_by_cohort.value,
        case
            when
                kinds_by_cohort.outcome = 'won'
                or kinds_by_cohort.furthest_stage_number > stages.stage_number
                then 'passed'
            else kinds_by_cohort.outcome
        end as result
    from kinds_by_cohort
    inner join stages
        on
            kinds_by_cohort.pipeline_id = stages.pipeline_id
            and kinds_by_cohort.furthest_stage_number >= stages.stage_number
    {%- if var('skipped_stages') == 'not_passed' %}
    where
        not kinds_by_cohort.has_stage_history
        or floor(kinds_by_cohort.entered_stages / power(2, stages.stage_number - 1)) % 2 = 1
        or (
            kinds_by_cohort.outcome <> 'won'
            and kinds_by_cohort.furthest_stage_number = stages.stage_number
        )
    {%- endif %}
),

counts as (
    select
        pipeline_id,
        cohort_month,
        stage_id,
        sum(deals) as reached,
        sum(case when result = 'passed' then deals else 0 end) as passed,
        sum(case when result = 'lost' then deals else 0 end) as lost,
        sum(case when result = 'open' then deals else 0 end) as open,
        sum(case when result = 'lost' then value end) as lost_value
    from reached
    group by pipeline_id, cohort_month, stage_id
),

-- Every open stage of a cohort, reached or not.
cohort_stages as (
    select
        stages.source,
        stages.pipeline_id,
        stages.stage_id,
        stages.stage_name,
        stages.stage_number,
        stages.stage_number = stages.stage_count as is_last_stage,
        cohorts.cohort_month,
        cohorts.deals,
        cohorts.open_deals,
        cohorts.lost_at_unknown_stage,
        coalesce(counts.reached, 0) as reached,
        coalesce(counts.passed, 0) as passed,
        coalesce(counts.lost, 0) as lost,
        coalesce(counts.open, 0) as open,
        case when coalesce(counts.lost, 0) = 0 then 0 else counts.lost_value end as lost_value,
        -- Without stage history nobody knows where a deal was lost; only winning is known.
        sources.has_stage_history or stages.stage_count = 1 as is_measurable,
        sources.as_of
    from cohorts
    inner join stages
        on
            cohorts.pipeline_id = stages.pipeline_id
            and stages.stage_number is not null
    inner join sources
        on stages.source = sources.source
    left join counts
        on
            cohorts.pipeline_id = counts.pipeline_id
            and cohorts.cohort_month is not distinct from counts.cohort_month
            and stages.stage_id = counts.stage_id
),

compared as (
    select
        *,
        sum(lost) over (partition by pipeline_id, cohort_month) as all_lost,
        row_number() over (
            partition by pipeline_id, cohort_month
            order by lost desc, stage_number
        ) as loss_rank,
        row_number() over (
            partition by pipeline_id, cohort_month
            order by lost_value desc nulls last, stage_number
        ) as value_loss_rank
    from cohort_stages
),

final as (
    select
        compared.source,
        compared.pipeline_id,
        pipelines.pipeline_name,
        compared.stage_id,
        compared.stage_name,
        compared.stage_number,
        compared.cohort_month,
        cast(compared.reached as bigint) as reached,
        cast(compared.passed as bigint) as passed,
        cast(compared.lost as bigint) as lost,
        cast(compared.open as bigint) as open,
        case when compared.is_measurable then {{ share('compared.passed', 'compared.reached') }} end
            as conversion,
        case
            when compared.is_measurable then {{ wilson_low('compared.passed', 'compared.reached') }}
        end as conversion_low,
        case
            when compared.is_measurable then {{ wilson_high('compared.passed', 'compared.reached') }}
        end as conversion_high,
        case
            when compared.is_measurable or compared.is_last_stage
                then {{ share('compared.passed', 'compared.deals') }}
        end as conversion_from_start,
        cast(compared.lost_value as decimal(18, 2)) as lost_value,
        case when compared.is_measurable then {{ share('compared.lost', 'compared.all_lost') }} end
            as share_of_all_losses,
        case
            when compared.is_measurable then compared.loss_rank = 1 and compared.lost > 0
        end as is_biggest_loss,
        case
            when compared.is_measurable
                then compared.value_loss_rank = 1 and coalesce(compared.lost_value, 0) > 0
        end as is_biggest_value_loss,
        {{ share('compared.open_deals', 'compared.deals') }} as open_share,
        {{ share('compared.open_deals', 'compared.deals') }} <= {{ var('mature_open_share') }}
            as is_mature,
        cast(compared.lost_at_unknown_stage as bigint) as lost_at_unknown_stage,
        case when not compared.is_measurable then 'no_stage_history' end as not_measurable,
        compared.as_of
    from compared
    left join pipelines
        on compared.pipeline_id = pipelines.pipeline_id
)

select * from final
