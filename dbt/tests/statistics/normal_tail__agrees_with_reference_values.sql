-- The tail of the normal must be the one scipy gives (scipy.stats.norm.sf), to 1e-12 of itself; past z =
-- 4, where p-values are under 1e-4, to 1e-8. A returned row is a z whose tail differs by more.

with

reference as (
    select
        0 as z,
        0.5 as tail
    union all
    select
        0.1 as z,
        0.460172162722971 as tail
    union all
    select
        1 as z,
        0.15865525393145707 as tail
    union all
    select
        1.959963984540054 as z,
        0.025 as tail
    union all
    select
        3 as z,
        0.0013498980316300933 as tail
    union all
    select
        5 as z,
        2.866515718791933e-07 as tail
    union all
    select
        7 as z,
        1.279812543885835e-12 as tail
    union all
    select
        7.2 as z,
        3.010627981117422e-13 as tail
    union all
    select
        10 as z,
        7.61985302416047e-24 as tail
    union all
    select
        30 as z,
        4.906713927147908e-198 as tail
),

computed as (
    select
        z,
        tail,
        {{ normal_tail('z') }} as normal_tail
    from reference
)

select *
from computed
where coalesce(abs(normal_tail / tail - 1), 1) > case when z < 4 then 1e-12 else 1e-8 end
