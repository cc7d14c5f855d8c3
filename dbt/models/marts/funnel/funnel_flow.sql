with

stays as (
    select * from {{ ref('fct_stage_stays') }}
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

-- A day of grace, as for the days of deals: a later moment belongs to no month.
periods as (
    select
        source,
        history_start,
        {{ month_number(reporting_day('history_start')) }} as first_month,
        {{ month_number(reporting_day('complete_to')) }} as last_month,
        {{ month_start(reporting_day('complete_to')) }} as unfinished_month,
        complete_to + interval '1' day as latest_possible_at,
        as_of
    from sources
),

months_of_stay as (
    select
        stays.source,
        stays.pipeline_id,
        stays.stage_id,
        stays.exit_kind,
        stays.next_stage_id,
        case
            when stays.entered_at < periods.history_start then periods.first_month
            else {{ month_number(reporting_day('stays.entered_at')) }}
        end as entered_month,
        case
            when stays.left_at <= periods.latest_possible_at
                then {{ month_number(reporting_day('stays.left_at')) }}
        end as left_month,
        coalesce(stays.entered_at < periods.history_start, false) as began_before
    from stays
    inner join periods
        on stays.source = periods.source
    where
        stays.entered_at <= periods.latest_possible_at
        and coalesce(stays.left_at >= periods.history_start, true)
),

-- All stays are read once: what follows has a row per stage, months and way of leaving.
kinds_of_stay as (
    select
        source,
        pipeline_id,
        stage_id,
        exit_kind,
        next_stage_id,
        entered_month,
        left_month,
        began_before,
        count(*) as deals
    from months_of_stay
    group by
        source,
        pipeline_id,
        stage_id,
        exit_kind,
        next_stage_id,
        entered_month,
        left_month,
        began_before
),

named_kinds as (
    select
        kinds.source,
        kinds.pipeline_id,
        kinds.stage_id,
        kinds.exit_kind,
        kinds.entered_month,
        kinds.left_month,
        kinds.began_before,
        kinds.deals,
        kinds.exit_kind is not null and kinds.left_month is null as is_undated,
        kinds.exit_kind = 'advanced' and coalesce(next_stages.kind, 'won') = 'won' as is_won
    from kinds_of_stay as kinds
    left join stages as next_stages
        on
            kinds.pipeline_id = next_stages.pipeline_id
            and kinds.next_stage_id = next_stages.stage_id
),

movements as (
    select
        source,
        pipeline_id,
        stage_id,
        entered_month as month_number,
        case when began_before and not is_undated then deals else 0 end as stood_before,
        case when not began_before and not is_undated then deals else 0 end as entered,
        case when is_undated then deals else 0 end as undated,
        0 as advanced,
        0 as won,
        0 as lost,
        0 as moved_back,
        0 as moved_pipeline
    from named_kinds
    union all
    select
        source,
        pipeline_id,
        stage_id,
        left_month as month_number,
        0 as stood_before,
        0 as entered,
        0 as undated,
        case when exit_kind = 'advanced' then deals else 0 end as advanced,
        case when is_won then deals else 0 end as won,
        case when exit_kind = 'lost' then deals else 0 end as lost,
        case when exit_kind = 'moved_back' then deals else 0 end as moved_back,
        case when exit_kind = 'moved_pipeline' then deals else 0 end as moved_pipeline
    from named_kinds
    where left_month is not null
),

counts as (
    select
        pipeline_id,
        stage_id,
        month_number,
        sum(stood_before) as stood_before,
        sum(entered) as entered,
        sum(undated) as undated,
        sum(advanced) as advanced,
        sum(won) as won,
        sum(lost) as lost,
        sum(moved_back) as moved_back,
        sum(moved_pipeline) as moved_pipeline
    from movements
    group by pipeline_id, stage_id, month_number
),

pipeline_months as (
    select
        movements.source,
        movements.pipeline_id,
        min(movements.month_number) as first_month,
        greatest(max(movements.month_number), max(periods.last_month)) as last_month
    from movements
    inner join periods
        on movements.source = periods.source
    group by movements.source, movements.pipeline_id
),

stages_used as (
    select
        pipeline_id,
        stage_id
    from stages
    where stage_number is not null
    union
    select
        pipeline_id,
        stage_id
    from counts
),

-- Every month from a pipeline's first to its last, whether anything happened in it or not.
stage_months as (
    select
        pipeline_months.source,
        stages_used.pipeline_id,
        stages_used.stage_id,
        pipeline_months.first_month + numbers.n as month_number,
        coalesce(counts.stood_before, 0) as stood_before,
        coalesce(counts.entered, 0) as entered,
        coalesce(counts.undated, 0) as undated,
        coalesce(counts.advanced, 0) as advanced,
        coalesce(counts.won, 0) as won,
        coalesce(counts.lost, 0) as lost,
        coalesce(counts.moved_back, 0) as moved_back,
        coalesce(counts.moved_pipeline, 0) as moved_pipeline
    from pipeline_months
    inner join stages_used
        on pipeline_months.pipeline_id = stages_used.pipeline_id
    inner join {{ numbers(25000) }}
        on numbers.n <= pipeline_months.last_month - pipeline_months.first_month
    left join counts
        on
            stages_used.pipeline_id = counts.pipeline_id
            and stages_used.stage_id = counts.stage_id
            and pipeline_months.first_month + numbers.n = counts.month_number
),

standing as (
    select
        *,
        sum(
            stood_before + entered - advanced - lost - moved_back - moved_pipeline
        ) over (
            partition by pipeline_id, stage_id
            order by month_number
            rows between unbounded preceding and current row
        ) as closing
    from stage_months
),

balances as (
    select
        *,
        stood_before + coalesce(
            lag(closing) over (partition by pipeline_id, stage_id order by month_number), 0
        ) as opening
    from standing
),

final as (
    select
        balances.source,
        balances.pipeline_id,
        pipelines.pipeline_name,
        balances.stage_id,
        stages.stage_name,
        stages.stage_number,
        {{ month_of_number('balances.month_number') }} as month,
        {{ month_of_number('balances.month_number') }} < periods.unfinished_month as is_over,
        cast(balances.opening as bigint) as opening,
        cast(balances.entered as bigint) as entered,
        cast(balances.advanced as bigint) as advanced,
        cast(balances.won as bigint) as won,
        cast(balances.lost as bigint) as lost,
        cast(balances.moved_back as bigint) as moved_back,
        cast(balances.moved_pipeline as bigint) as moved_pipeline,
        cast(balances.closing as bigint) as closing,
        cast(balances.undated as bigint) as undated,
        periods.as_of
    from balances
    inner join periods
        on balances.source = periods.source
    inner join stages
        on
            balances.pipeline_id = stages.pipeline_id
            and balances.stage_id = stages.stage_id
    left join pipelines
        on balances.pipeline_id = pipelines.pipeline_id
)

select * from final
