with

stage_events as (
    select * from {{ ref('int_stage_events') }}
),

deals as (
    select * from {{ ref('int_live_deals') }}
),

stages as (
    select * from {{ ref('dim_stages') }}
),

-- Deals and stages go through the window as integers: text keys double its cost.
events as (
    select
        deals.deal_key,
        stages.stage_key,
        stage_events.entered_at,
        stage_events.sequence,
        stage_events.manager_id,
        stage_events.moved_by
    from stage_events
    inner join deals
        on stage_events.deal_id = deals.deal_id
    inner join stages
        on
            stage_events.pipeline_id = stages.pipeline_id
            and stage_events.stage_id = stages.stage_id
),

neighbours as (
    select
        deal_key,
        stage_key,
        entered_at,
        manager_id,
        moved_by,
        row_number() over deal_history as event_number,
        lag(stage_key) over deal_history as previous_stage_key,
        lead(stage_key) over deal_history as next_stage_key,
        lead(entered_at) over deal_history as next_entered_at
    from events
    window deal_history as (
        partition by deal_key
        order by
            -- What a deal began with has no moment if nobody saw it enter.
            case when entered_at is null and sequence = 0 then 0 else 1 end,
            entered_at nulls last,
            sequence nulls last
    )
),

-- Events that follow one another in the same stage (a repeat, a change of owner) are one entry:
-- it begins with the first of them and ends with the last, whose owner it carries.
edges as (
    select
        deal_key,
        stage_key,
        entered_at,
        manager_id,
        moved_by,
        event_number,
        next_stage_key,
        next_entered_at,
        coalesce(previous_stage_key <> stage_key, true) as is_first,
        coalesce(next_stage_key <> stage_key, true) as is_last
    from neighbours
    where
        coalesce(previous_stage_key <> stage_key, true)
        or coalesce(next_stage_key <> stage_key, true)
),

edges_of_repeats as (
    select
        deal_key,
        stage_key,
        lag(entered_at) over deal_history as entered_at,
        manager_id,
        lag(moved_by) over deal_history as moved_by,
        lag(event_number) over deal_history as event_number,
        next_stage_key,
        next_entered_at,
        is_last
    from edges
    where not (is_first and is_last)
    window deal_history as (partition by deal_key order by event_number)
),

entries as (
    select
        deal_key,
        stage_key,
        entered_at,
        manager_id,
        moved_by,
        event_number,
        next_stage_key,
        next_entered_at
    from edges
    where is_first and is_last
    union all
    select
        deal_key,
        stage_key,
        entered_at,
        manager_id,
        moved_by,
        event_number,
        next_stage_key,
        next_entered_at
    from edges_of_repeats
    where is_last
),

-- A last entry of a closed deal ends when the deal closed, where closing is not an event of its own.
with_exit as (
    select
        deals.source,
        deals.deal_key,
        deals.deal_id,
        cast(entries.event_number as integer) as entry_number,
        stages.pipeline_id,
        stages.stage_id,
        stages.kind,
        stages.stage_number,
        stages.pipeline_id = deals.pipeline_id as is_current_pipeline,
        entries.entered_at,
        case
            when stages.kind <> 'open' then null
            when entries.next_stage_key is not null then entries.next_entered_at
            when stages.pipeline_id <> deals.pipeline_id or deals.outcome = 'open' then null
            when deals.closed_at < entries.entered_at then entries.entered_at
            else deals.closed_at
        end as left_at,
        case
            when stages.kind <> 'open' then null
            when coalesce(next_stages.pipeline_id, deals.pipeline_id) <> stages.pipeline_id
                then 'moved_pipeline'
            when coalesce(next_stages.kind, deals.outcome) = 'won' then 'advanced'
            when coalesce(next_stages.kind, deals.outcome) = 'lost' then 'lost'
            when next_stages.stage_number < stages.stage_number then 'moved_back'
            when next_stages.stage_key is not null then 'advanced'
        end as exit_kind,
        next_stages.stage_id as next_stage_id,
        entries.manager_id,
        entries.moved_by
    from entries
    inner join deals
        on entries.deal_key = deals.deal_key
    inner join stages
        on entries.stage_key = stages.stage_key
    left join stages as next_stages
        on entries.next_stage_key = next_stages.stage_key
),

final as (
    select
        source,
        deal_key,
        deal_id,
        entry_number,
        pipeline_id,
        stage_id,
        kind,
        stage_number,
        is_current_pipeline,
        entered_at,
        left_at,
        {{ days_between('entered_at', 'left_at') }} as days,
        exit_kind,
        next_stage_id,
        manager_id,
        moved_by,
        {{ quarter_start(reporting_day('left_at')) }} as left_quarter
    from with_exit
)

select * from final
