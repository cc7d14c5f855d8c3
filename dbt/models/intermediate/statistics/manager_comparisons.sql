{#
    Each manager against the rest of the team, in strata of like deals: the Cochran-Mantel-Haenszel test with
    continuity correction, and an exact one where deals are too few for it. Under var `manager_stage_min_n`
    decided deals, and where nobody else has such deals, there is no test.
#}
with

expectations as (
    select * from {{ ref('manager_expectations') }}
),

exact_tests as (
    select * from {{ ref('manager_exact_tests') }}
),

scored as (
    select
        *,
        case
            when is_normal and decided >= {{ var('manager_stage_min_n') }}
                then greatest(0.0, abs(passed - expected_passed) - 0.5) / sqrt(variance)
        end as z
    from expectations
),

tested as (
    select
        scored.stage_key,
        scored.quarter_number,
        scored.manager_key,
        scored.decided,
        scored.passed,
        scored.expected_passed,
        scored.variance > 0 as has_peers,
        case
            when scored.z is not null then 2 * {{ normal_tail('scored.z') }}
            else exact_tests.p_value
        end as p_value
    from scored
    left join exact_tests
        on
            scored.stage_key = exact_tests.stage_key
            and scored.quarter_number = exact_tests.quarter_number
            and scored.manager_key = exact_tests.manager_key
),

ranked as (
    select
        *,
        {{ bh_place('p_value', ['quarter_number']) }} as place,
        count(p_value) over (partition by quarter_number) as comparisons
    from tested
),

compared as (
    select
        stage_key,
        quarter_number,
        manager_key,
        cast(decided as bigint) as decided,
        passed,
        expected_passed,
        {{ share('passed', 'expected_passed') }} as observed_to_expected,
        {{ wilson_low('passed', 'decided') }} * decided / nullif(expected_passed, 0)
            as observed_to_expected_low,
        {{ wilson_high('passed', 'decided') }} * decided / nullif(expected_passed, 0)
            as observed_to_expected_high,
        has_peers,
        p_value,
        {{ bh_q_value('p_value', 'place', 'comparisons', ['quarter_number']) }} as q_value
    from ranked
),

final as (
    select
        stage_key,
        quarter_number,
        manager_key,
        decided,
        expected_passed,
        observed_to_expected,
        observed_to_expected_low,
        observed_to_expected_high,
        has_peers,
        p_value,
        q_value,
        {{ share('passed - expected_passed', 'decided') }} as excess,
        case
            when q_value > {{ var('verdict_max_q') }} or q_value is null then 'not_distinguishable'
            when passed > expected_passed then 'stronger'
            else 'weaker'
        end as verdict
    from compared
)

select * from final
