{#
    Where deals are too few for the normal approximation: how likely a binomial with the expected mean goes as
    far as this, or further. What a manager passes by chance is a sum of yes-or-no trials of unlike chances,
    and a binomial of the same mean has the longer tails (Hoeffding 1956), at least one deal off the mean: so
    the p-value is exact or too large, never too small.
#}
with

expectations as (
    select * from {{ ref('manager_expectations') }}
),

-- The tail away from the mean, counted in deals passed or, below the mean, in deals lost.
tails as (
    select
        stage_key,
        quarter_number,
        manager_key,
        decided,
        case when passed > expected_passed then passed else decided - passed end as observed,
        case when passed > expected_passed then expected_passed else decided - expected_passed end
            as expected
    from expectations
    where
        decided >= {{ var('manager_stage_min_n') }}
        and variance > 0
        and not is_normal
),

steps as (
    select
        *,
        {{ statistics_each_number(
            'cast(least(decided - observed + 1, '
            ~ statistics_tail_terms('expected * (1 - expected / decided)') ~ ') as bigint)'
        ) }} as step
    from tails
    where observed >= expected + 1
),

terms as (
    select
        stage_key,
        quarter_number,
        manager_key,
        decided,
        expected,
        observed + step as x
    from steps
),

sums as (
    select
        stage_key,
        quarter_number,
        manager_key,
        sum(
            exp(
                {{ statistics_ln_factorial('decided') }}
                - {{ statistics_ln_factorial('x') }}
                - {{ statistics_ln_factorial('decided - x') }}
                + x * ln(expected / decided)
                + (decided - x) * ln(1 - expected / decided)
            )
        ) as tail
    from terms
    group by stage_key, quarter_number, manager_key
),

final as (
    select
        tails.stage_key,
        tails.quarter_number,
        tails.manager_key,
        least(1.0, coalesce({{ significant('2 * sums.tail') }}, 1.0)) as p_value
    from tails
    left join sums
        on
            tails.stage_key = sums.stage_key
            and tails.quarter_number = sums.quarter_number
            and tails.manager_key = sums.manager_key
)

select * from final
