with

stage_entries as (
    select * from {{ ref('fct_stage_entries') }}
    where kind = 'open' and is_current_pipeline
),

live_deals as (
    select * from {{ ref('int_live_deals') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

finished_stays as (
    select
        stage_entries.pipeline_id,
        stage_entries.stage_id,
        case when live_deals.outcome = 'won' then stage_entries.days end as days_of_won,
        case when stage_entries.exit_kind = 'advanced' then stage_entries.days end as days_of_advanced
    from stage_entries
    inner join live_deals
        on stage_entries.deal_key = live_deals.deal_key
    where stage_entries.days is not null
),

usual_stays as (
    select
        pipeline_id,
        stage_id,
        count(days_of_won) as won_n,
        {{ percentile(0.9, 'days_of_won') }} as won_p90,
        count(days_of_advanced) as advanced_n,
        {{ percentile(0.9, 'days_of_advanced') }} as advanced_p90
    from finished_stays
    group by pipeline_id, stage_id
),

-- Too few stays to have a tenth worth the name give no threshold: their stage is not judged.
thresholds as (
    select
        pipeline_id,
        stage_id,
        case
            when won_n >= {{ var('stall_min_n') }} then 'won_deals'
            else 'advanced_deals'
        end as threshold_basis,
        case when won_n >= {{ var('stall_min_n') }} then won_n else advanced_n end as threshold_n,
        case when won_n >= {{ var('stall_min_n') }} then won_p90 else advanced_p90 end as threshold_days
    from usual_stays
    where greatest(won_n, advanced_n) >= {{ var('stall_min_n') }}
),

final as (
    select
        live_deals.source,
        live_deals.deal_id,
        stage_entries.pipeline_id,
        stage_entries.stage_id,
        stage_entries.entered_at,
        {{ days_between('stage_entries.entered_at', 'sources.complete_to') }} as days,
        thresholds.threshold_days,
        thresholds.threshold_basis,
        cast(thresholds.threshold_n as bigint) as threshold_n
    from stage_entries
    inner join live_deals
        on stage_entries.deal_key = live_deals.deal_key
    inner join sources
        on live_deals.source = sources.source
    inner join thresholds
        on
            stage_entries.pipeline_id = thresholds.pipeline_id
            and stage_entries.stage_id = thresholds.stage_id
    where
        live_deals.outcome = 'open'
        and stage_entries.exit_kind is null
        and {{ days_between('stage_entries.entered_at', 'sources.complete_to') }} > thresholds.threshold_days
)

select * from final
