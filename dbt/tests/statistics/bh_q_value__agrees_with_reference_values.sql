-- q-values must be the ones scipy gives (scipy.stats.false_discovery_control), family by family; equal
-- p-values get equal q-values, and no p-value is no comparison. A returned row is a p-value whose q-value
-- differs.

with

reference as (
    select
        'a' as family,
        0.01 as p_value,
        0.03333333333333333 as expected_q_value
    union all
    select
        'a' as family,
        0.02 as p_value,
        0.03333333333333333 as expected_q_value
    union all
    select
        'a' as family,
        0.02 as p_value,
        0.03333333333333333 as expected_q_value
    union all
    select
        'a' as family,
        0.04 as p_value,
        0.05 as expected_q_value
    union all
    select
        'a' as family,
        0.9 as p_value,
        0.9 as expected_q_value
    union all
    select
        'a' as family,
        cast(null as double) as p_value,
        cast(null as double) as expected_q_value
    union all
    select
        'b' as family,
        0.2 as p_value,
        0.2 as expected_q_value
    union all
    select
        'c' as family,
        0.04 as p_value,
        0.04 as expected_q_value
    union all
    select
        'c' as family,
        0.001 as p_value,
        0.003 as expected_q_value
    union all
    select
        'c' as family,
        0.03 as p_value,
        0.04 as expected_q_value
),

ranked as (
    select
        family,
        p_value,
        expected_q_value,
        {{ bh_place('p_value', ['family']) }} as place,
        count(p_value) over (partition by family) as comparisons
    from reference
),

computed as (
    select
        family,
        p_value,
        expected_q_value,
        {{ bh_q_value('p_value', 'place', 'comparisons', ['family']) }} as q_value
    from ranked
)

select *
from computed
where
    (q_value is null) <> (expected_q_value is null)
    or abs(q_value - expected_q_value) > 1e-12
