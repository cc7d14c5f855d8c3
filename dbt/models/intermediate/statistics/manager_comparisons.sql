{#
    Each manager against the rest of the team, in strata of equal deals: the Cochran-Mantel-Haenszel test
    with continuity correction. In a stratum of `decided` deals of which `passed` passed, a manager who is
    like the others passes `passed / decided` of his own, and how many he passes by chance is hypergeometric.
    Its sum over the strata is indirect standardisation; its variance makes the test.
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
        sum(decided * team_passed / team_decided) as expected_passed,
        sum(
            decided * (team_decided - decided) * team_passed * (team_decided - team_passed)
            / (team_decided * team_decided * greatest(team_decided - 1, 1))
        ) as variance,
        sum(least(decided, team_passed)) as most_possible,
        sum(greatest(0.0, decided + team_passed - team_decided)) as least_possible
    from compared
    where team_decided > 0
    group by stage_key, quarter_number, manager_key
),

-- Mantel and Fleiss: the normal approximation holds if 5 more and 5 fewer would be possible than expected.
scored as (
    select
        *,
        case
            when expected_passed - least_possible >= 5 and most_possible - expected_passed >= 5
                then greatest(0.0, abs(passed - expected_passed) - 0.5) / sqrt(variance)
        end as z
    from sums
),

tested as (
    select
        *,
        case when z is not null then 2 * {{ normal_tail('z') }} end as p_value
    from scored
),

ranked as (
    select
        *,
        {{ bh_place('p_value', ['quarter_number']) }} as place,
        count(p_value) over (partition by quarter_number) as comparisons
    from tested
),

final as (
    select
        stage_key,
        quarter_number,
        manager_key,
        cast(decided as bigint) as decided,
        cast(passed as bigint) as passed,
        expected_passed,
        {{ share('passed', 'expected_passed') }} as observed_to_expected,
        {{ wilson_low('passed', 'decided') }} * decided / nullif(expected_passed, 0)
            as observed_to_expected_low,
        {{ wilson_high('passed', 'decided') }} * decided / nullif(expected_passed, 0)
            as observed_to_expected_high,
        p_value,
        {{ bh_q_value('p_value', 'place', 'comparisons', ['quarter_number']) }} as q_value
    from ranked
)

select * from final
