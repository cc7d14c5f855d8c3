{#
    Each line: what it is of the bridge, the month its deals belong to, which rows of `outcomes` it counts, whether it
    adds or takes away, whether it takes stage history to know it, and its meaning.
#}
{%- set lines = [
    (
        'wins_in_month', 'start', 'won_month', "state in ('won', 'reopened', 'moved_pipeline')", 1, false,
        'Every time a deal was won in this month, also where the win was undone later.',
    ),
    (
        'reopened_since', 'step', 'won_month', "state = 'reopened'", -1, true,
        'Wins of this month that no longer hold because the deal was reopened; if it was won again, that win counts'
        ~ ' in its own month.',
    ),
    (
        'moved_pipeline_since', 'step', 'won_month', "state = 'moved_pipeline'", -1, true,
        'Wins of this month whose deal was moved to another pipeline afterwards and counts there now.',
    ),
    (
        'won_from_older_cohorts', 'step', 'won_month', "state = 'won' and cohort_month < won_month", -1, false,
        'Wins of this month that hold, of deals created in earlier months.',
    ),
    (
        'won_from_misdated_cohorts', 'step', 'won_month',
        "state = 'won' and coalesce(cohort_month > won_month, true)", -1, false,
        'Wins of this month that hold, of deals whose creation is not recorded or dated after the win.',
    ),
    (
        'cohort_won_in_later_months', 'step', 'cohort_month', "state = 'won' and won_month > cohort_month", 1, false,
        'Deals created in this month and won in a later one.',
    ),
    (
        'cohort_won_misdated', 'step', 'cohort_month',
        "state = 'won' and coalesce(won_month < cohort_month, true)", 1, false,
        'Deals created in this month and won on a day that is not recorded or dated before their creation.',
    ),
    (
        'wins_of_cohort', 'result', 'cohort_month', "state = 'won'", 1, false,
        'Deals created in this month that are won now, whenever that was.',
    ),
    (
        'cohort_still_open', 'rest', 'cohort_month', "state = 'open'", 1, false,
        'Deals created in this month that are still open and may yet be won.',
    ),
    (
        'cohort_lost', 'rest', 'cohort_month', "state = 'lost'", 1, false,
        'Deals created in this month that are lost.',
    ),
    (
        'deals_of_cohort', 'total', 'cohort_month', "state in ('won', 'open', 'lost')", 1, false,
        'All deals created in this month.',
    ),
] -%}
with

deals as (
    select * from {{ ref('fct_deals') }}
),

live_deals as (
    select * from {{ ref('int_live_deals') }}
),

stage_entries as (
    select * from {{ ref('fct_stage_entries') }}
),

pipelines as (
    select * from {{ ref('dim_pipelines') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

histories as (
    select
        deal_key,
        count(case when kind = 'won' then 1 end) as won_entries,
        max(case when kind = 'won' then entry_number end) as last_won_entry,
        max(case when kind = 'won' and is_current_pipeline then entry_number end) as last_own_won_entry,
        max(entry_number) as last_entry
    from stage_entries
    group by deal_key
),

-- Most deals that entered a won stage entered it last of all, and once: that win stands, none was undone.
rewritten as (
    select
        histories.deal_key,
        live_deals.pipeline_id,
        live_deals.deal_id,
        histories.last_own_won_entry = histories.last_entry and live_deals.outcome = 'won' as last_win_stands
    from histories
    inner join live_deals
        on histories.deal_key = live_deals.deal_key
    where
        histories.won_entries > 1
        or (
            histories.won_entries = 1
            and not coalesce(
                histories.last_own_won_entry = histories.last_entry and live_deals.outcome = 'won', false
            )
        )
),

rewritten_entries as (
    select
        rewritten.deal_id,
        rewritten.last_win_stands,
        stage_entries.source,
        stage_entries.pipeline_id,
        stage_entries.is_current_pipeline,
        stage_entries.entry_number,
        stage_entries.kind,
        stage_entries.entered_at,
        lag(stage_entries.kind) over deal_history as kind_before,
        lag(stage_entries.pipeline_id) over deal_history as pipeline_before
    from stage_entries
    inner join rewritten
        on stage_entries.deal_key = rewritten.deal_key
    window deal_history as (partition by stage_entries.deal_key order by stage_entries.entry_number)
),

-- Going from one won stage of the pipeline to the next is still the same win.
wins as (
    select
        deal_id,
        last_win_stands,
        source,
        pipeline_id,
        is_current_pipeline,
        entered_at,
        row_number() over (partition by deal_id order by entry_number desc) as wins_to_the_last
    from rewritten_entries
    where
        kind = 'won'
        and not coalesce(kind_before = 'won' and pipeline_before = pipeline_id, false)
),

-- A win that stands is counted with its deal.
undone_wins as (
    select
        wins.source,
        wins.pipeline_id,
        case
            when wins.entered_at <= sources.complete_to + interval '1' day
                then {{ month_start(reporting_day('wins.entered_at')) }}
        end as won_month,
        case when wins.is_current_pipeline then 'reopened' else 'moved_pipeline' end as state,
        deals.amount
    from wins
    inner join deals
        on wins.deal_id = deals.deal_id
    inner join sources
        on wins.source = sources.source
    where not (wins.wins_to_the_last = 1 and coalesce(wins.last_win_stands, false))
),

results as (
    select
        source,
        pipeline_id,
        cohort_month,
        case when outcome = 'won' then {{ month_start('closed_on') }} end as won_month,
        outcome as state,
        amount
    from deals
    union all
    select
        source,
        pipeline_id,
        cast(null as date) as cohort_month,
        won_month,
        state,
        amount
    from undone_wins
),

outcomes as (
    select
        source,
        pipeline_id,
        cohort_month,
        won_month,
        state,
        count(*) as deals,
        sum(amount) as value
    from results
    group by source, pipeline_id, cohort_month, won_month, state
),

counted as (
    {% for line, part, month, rows, sign, needs_history, explanation in lines -%}
    select
        pipeline_id,
        {{ month }} as month,
        '{{ line }}' as line,
        {{ sign }} * sum(deals) as deals,
        {{ sign }} * sum(value) as value
    from outcomes
    where {{ rows }} and {{ month }} is not null
    group by pipeline_id, {{ month }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

lines as (
    {% for line, part, month, rows, sign, needs_history, explanation in lines -%}
    select
        {{ loop.index }} as line_number,
        '{{ line }}' as line,
        '{{ part }}' as part,
        {{ needs_history | lower }} as needs_history,
        '{{ explanation }}' as explanation
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

pipeline_months as (
    select
        source,
        pipeline_id,
        cohort_month as month
    from outcomes
    where cohort_month is not null
    union
    select
        source,
        pipeline_id,
        won_month as month
    from outcomes
    where won_month is not null
),

final as (
    select
        pipeline_months.source,
        pipeline_months.pipeline_id,
        pipelines.pipeline_name,
        pipeline_months.month,
        pipeline_months.month < {{ month_start(reporting_day('sources.complete_to')) }} as is_over,
        lines.line_number,
        lines.line,
        lines.part,
        case
            when sources.has_stage_history or not lines.needs_history
                then cast(coalesce(counted.deals, 0) as bigint)
        end as deals,
        case
            when sources.has_stage_history or not lines.needs_history
                then cast(case when counted.deals is null then 0 else counted.value end as decimal(18, 2))
        end as value,
        lines.explanation,
        case
            when not sources.has_stage_history and (lines.needs_history or lines.part = 'start')
                then 'no_stage_history'
        end as not_measurable,
        sources.as_of
    from pipeline_months
    cross join lines
    inner join sources
        on pipeline_months.source = sources.source
    left join pipelines
        on pipeline_months.pipeline_id = pipelines.pipeline_id
    left join counted
        on
            pipeline_months.pipeline_id = counted.pipeline_id
            and pipeline_months.month = counted.month
            and lines.line = counted.line
)

select * from final
