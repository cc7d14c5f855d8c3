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
    select 25, 30, 0.6643564949358397, 0.9266345762815146
    union all
    select 25, 25, 0.8668077490609515, 1.0
    union all
    select 0, 4, 0.0, 0.4898908364545974
    union all
    select 0, 0, null, null
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
