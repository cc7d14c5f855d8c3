with

stage_entries as (
    select * from {{ ref('fct_stage_entries') }}
),

deals as (
    select * from {{ ref('deal_profiles') }}
),

stages as (
    select * from {{ ref('dim_stages') }}
),

managers as (
    select * from {{ ref('manager_keys') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

owner_bases as (
    select * from {{ ref('owner_bases') }}
),

stays as (
    select
        stage_entries.deal_key,
        stage_entries.entry_number,
        stages.stage_key,
        stage_entries.is_current_pipeline,
        case
            when owner_bases.manager_basis = 'owner_at_the_time'
                then coalesce(managers.manager_key, 0)
            else deals.manager_key
        end as manager_key,
        stage_entries.entered_at,
        stage_entries.exit_kind,
        coalesce(
            stage_entries.days,
            case
                when stage_entries.exit_kind is null
                    then {{ days_between('stage_entries.entered_at', 'sources.complete_to') }}
            end
        ) as days,
        deals.outcome = 'won' and stage_entries.is_current_pipeline as is_of_won_deal,
        -- A day of grace, as for the days of deals: a later moment belongs to no quarter.
        case
            when stage_entries.entered_at <= sources.complete_to + interval '1' day
                then {{ quarter_number(reporting_day('stage_entries.entered_at')) }}
            else 0
        end as quarter_number
    from stage_entries
    inner join stages
        on
            stage_entries.pipeline_id = stages.pipeline_id
            and stage_entries.stage_id = stages.stage_id
    inner join deals
        on stage_entries.deal_key = deals.deal_key
    inner join sources
        on stage_entries.source = sources.source
    inner join owner_bases
        on stage_entries.source = owner_bases.source
    left join managers
        on stage_entries.manager_id = managers.manager_id
    where stage_entries.kind = 'open'
),

final as (
    select
        deal_key,
        entry_number,
        stage_key,
        is_current_pipeline,
        manager_key,
        quarter_number,
        entered_at,
        days,
        exit_kind is null as is_open,
        coalesce(exit_kind = 'advanced', false) as is_advanced,
        coalesce(exit_kind = 'lost', false) as is_lost,
        coalesce(is_of_won_deal, false) as is_of_won_deal,
        -- Neither a moment of leaving that nobody knows nor an entry after the end of the data has a length.
        coalesce(days >= 0, false) as is_measured
    from stays
)

select * from final
