-- The Wilson interval must be the one statsmodels gives (proportion_confint(method='wilson')).
-- A returned row is a number of successes whose interval differs by more than 1e-12.

with

reference as (
    select
        100 as successes,
        200 as n,
        0.43136085960389187 as low,
        0.5686391403961082 as high
    union all
    select
        25 as successes,
        30 as n,
        0.6643564949358397 as low,
        0.9266345762815146 as high
    union all
    select
        25 as successes,
        25 as n,
        0.8668077490609515 as low,
        1.0 as high
    union all
    select
        0 as successes,
        4 as n,
        0.0 as low,
        0.4898908364545974 as high
    union all
    select
        0 as successes,
        0 as n,
        null as low,
        null as high
),

computed as (
    select
        successes,
        n,
        low,
        high,
        {{ wilson_low('successes', 'n') }} as wilson_low,
        {{ wilson_high('successes', 'n') }} as wilson_high
    from reference
)

select *
from computed
where
    abs(wilson_low - low) > 1e-12
    or abs(wilson_high - high) > 1e-12
    or (wilson_low is null) <> (low is null)
    or (wilson_high is null) <> (high is null)
