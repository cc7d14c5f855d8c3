{#
    Has the share of a reason changed since the quarter before? Fisher's exact test: of all losses at the stage in
    both quarters, as many have the reason as have it; how often would chance put as many of them, or more extremely
    many, into this quarter? Both tails count, as twice the smaller one.
#}
with

counts as (
    select * from {{ ref('lost_reason_counts') }}
),

-- Without losses at the stage in both quarters there is nothing to compare, nor if all have the reason.
tables as (
    select
        dimension,
        member,
        pipeline_id,
        stage_id,
        lost_reason_id,
        quarter,
        deals as x,
        deals + previous_deals as with_reason,
        stage_deals as in_quarter,
        stage_deals + previous_stage_deals as everything,
        cast(deals + previous_deals as double) * stage_deals / (stage_deals + previous_stage_deals)
            as expected
    from counts
    where
        stage_deals > 0
        and previous_stage_deals > 0
        and deals + previous_deals > 0
),

tails as (
    select
        *,
        case when x > expected then 1 else -1 end as direction,
        case
            when x > expected then least(with_reason, in_quarter) - x + 1
            else x - greatest(0, with_reason + in_quarter - everything) + 1
        end as tail_length,
        {{ statistics_tail_terms(
            'expected * (1 - cast(with_reason as double) / everything)'
            ' * (1 - cast(in_quarter as double) / everything)'
        ) }} as needed_terms,
        {{ statistics_ln_factorial('with_reason') }}
        + {{ statistics_ln_factorial('everything - with_reason') }}
        + {{ statistics_ln_factorial('in_quarter') }}
        + {{ statistics_ln_factorial('everything - in_quarter') }}
        - {{ statistics_ln_factorial('everything') }} as ln_margins
    from tables
),

steps as (
    select
        *,
        {{ statistics_each_number('cast(least(tail_length, needed_terms) as bigint)') }} as step
    from tails
),

terms as (
    select
        *,
        x + direction * step as term
    from steps
),

tested as (
    select
        dimension,
        member,
        pipeline_id,
        stage_id,
        lost_reason_id,
        quarter,
        least(
            1.0,
            2 * sum(
                exp(
                    ln_margins
                    - {{ statistics_ln_factorial('term') }}
                    - {{ statistics_ln_factorial('with_reason - term') }}
                    - {{ statistics_ln_factorial('in_quarter - term') }}
                    - {{ statistics_ln_factorial('everything - with_reason - in_quarter + term') }}
                )
            )
        ) as p_value
    from terms
    group by dimension, member, pipeline_id, stage_id, lost_reason_id, quarter
),

ranked as (
    select
        *,
        {{ bh_place('p_value', ['dimension', 'quarter']) }} as place,
        count(p_value) over (partition by dimension, quarter) as comparisons
    from tested
),

final as (
    select
        dimension,
        member,
        pipeline_id,
        stage_id,
        lost_reason_id,
        quarter,
        p_value,
        {{ bh_q_value('p_value', 'place', 'comparisons', ['dimension', 'quarter']) }} as q_value
    from ranked
)

select * from final
