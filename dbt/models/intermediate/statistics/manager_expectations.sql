{#
    Indirect standardisation. In a stratum of like deals (`passage_strata`) a manager who is like the others
    passes as large a share as everybody together, and how many he passes by chance is hypergeometric: its
    mean, variance and bounds add up over the strata.
#}
with

passages as (
    select * from {{ ref('passage_periods') }}
),

strata as (
    select * from {{ ref('passage_strata') }}
),

own as (
    select
        passages.stage_key,
        passages.quarter_number,
        strata.lead_source_key,
        strata.amount_key,
        strata.region_key,
        passages.manager_key,
        cast(sum(passages.passed + passages.lost) as double) as decided,
        cast(sum(passages.passed) as double) as passed
    from passages
    inner join strata
        on
            passages.stage_key = strata.stage_key
            and passages.quarter_number = strata.quarter_number
            and passages.mix_key = strata.mix_key
    where passages.is_measurable
    group by
        passages.stage_key,
        passages.quarter_number,
        strata.lead_source_key,
        strata.amount_key,
        strata.region_key,
        passages.manager_key
),

compared as (
    select
        stage_key,
        quarter_number,
        manager_key,
        decided,
        passed,
        sum(decided) over stratum as team_decided,
        sum(passed) over stratum as team_passed
    from own
    window stratum as (
        partition by stage_key, quarter_number, lead_source_key, amount_key, region_key
    )
),

sums as (
    select
        stage_key,
        quarter_number,
        manager_key,
        sum(decided) as decided,
        sum(passed) as passed,
        {{ exact_sum('decided * team_passed / team_decided') }} as expected_passed,
        {{ exact_sum(
            'decided * (team_decided - decided) * team_passed * (team_decided - team_passed)'
            ~ ' / (team_decided * team_decided * greatest(team_decided - 1, 1))'
        ) }} as variance,
        sum(least(decided, team_passed)) as most_possible,
        sum(greatest(0.0, decided + team_passed - team_decided)) as least_possible
    from compared
    where team_decided > 0
    group by stage_key, quarter_number, manager_key
),

final as (
    select
        stage_key,
        quarter_number,
        manager_key,
        decided,
        passed,
        expected_passed,
        variance,
        -- Mantel and Fleiss: the normal approximation holds if 5 more and 5 fewer than expected are possible.
        expected_passed - least_possible >= 5 and most_possible - expected_passed >= 5 as is_normal
    from sums
)

select * from final
