{#
    Kaplan-Meier and Aalen-Johansen without a row per moment. Only an open stay changes how much an exit
    weighs: up to the first open stay each exit lowers the curve by 1 / stays, and an open stay hands its
    own part on to those who stayed longer, n / (n - 1) where n were still there. So the curve is a few
    straight runs of equal steps, one between each two open stays, and counting replaces multiplying.
#}
{% set half = '(0.5 + 1e-9)' %}

with

stays as (
    select
        stay_group,
        days,
        is_open,
        is_advanced
    from {{ ref('stay_memberships') }}
),

stay_groups as (
    select * from {{ ref('stay_groups') }}
),

-- Of one moment, exits come before open stays: who is still there was there to leave.
ordered as (
    select
        stay_group,
        days,
        is_open,
        row_number() over (partition by stay_group order by days, is_open) as position
    from stays
),

ordered_advancing as (
    select
        stay_group,
        is_open,
        row_number() over (partition by stay_group order by days, is_open) as position
    from stays
    where is_open or is_advanced
),

open_stays as (
    select
        stay_group,
        position,
        row_number() over (partition by stay_group order by position) as run_number
    from ordered
    where is_open
),

open_stays_advancing as (
    select
        stay_group,
        position,
        row_number() over (partition by stay_group order by position) as run_number
    from ordered_advancing
    where is_open
),

-- Run 0 begins with the first day, run k with the k-th open stay.
run_starts as (
    select
        stay_group,
        0 as run_number,
        0 as exits_before,
        0 as advanced_before
    from stay_groups
    union all
    select
        open_stays.stay_group,
        open_stays.run_number,
        open_stays.position - open_stays.run_number as exits_before,
        open_stays_advancing.position - open_stays.run_number as advanced_before
    from open_stays
    inner join open_stays_advancing
        on
            open_stays.stay_group = open_stays_advancing.stay_group
            and open_stays.run_number = open_stays_advancing.run_number
),

runs as (
    select
        run_starts.stay_group,
        run_starts.run_number,
        run_starts.exits_before,
        run_starts.advanced_before,
        stay_groups.stays - run_starts.exits_before - run_starts.run_number as still_there,
        lead(run_starts.exits_before, 1, stay_groups.finished_stays) over group_runs
            as exits_until_end,
        lead(run_starts.advanced_before, 1, stay_groups.advanced) over group_runs
            as advanced_until_end,
        stay_groups.stays,
        stay_groups.advanced_in_7d,
        stay_groups.advanced_in_30d,
        stay_groups.advanced_in_90d
    from run_starts
    inner join stay_groups
        on run_starts.stay_group = stay_groups.stay_group
    window group_runs as (partition by run_starts.stay_group order by run_starts.run_number)
),

weighed as (
    select
        *,
        exp(
            sum(
                case
                    when run_number > 0 and still_there > 0
                        then ln((still_there + 1.0) / cast(still_there as double))
                    else 0
                end
            ) over (
                partition by stay_group
                order by run_number
                rows between unbounded preceding and current row
            )
        ) / stays as exit_weight
    from runs
    where still_there > 0
),

advancing as (
    select
        stay_group,
        sum(
            exit_weight * (
                least(advanced_until_end, advanced_in_7d)
                - least(advanced_before, advanced_in_7d)
            )
        ) as p_advance_7d,
        sum(
            exit_weight * (
                least(advanced_until_end, advanced_in_30d)
                - least(advanced_before, advanced_in_30d)
            )
        ) as p_advance_30d,
        sum(
            exit_weight * (
                least(advanced_until_end, advanced_in_90d)
                - least(advanced_before, advanced_in_90d)
            )
        ) as p_advance_90d
    from weighed
    group by stay_group
),

-- The run in which the curve falls to one half, and the place in order of the exit that takes it there.
medians as (
    select
        stay_group,
        run_number + exits_before + still_there - floor({{ half }} / exit_weight) as position
    from weighed
    where
        still_there * exit_weight > {{ half }}
        and (still_there - exits_until_end + exits_before) * exit_weight <= {{ half }}
),

median_days as (
    select
        ordered.stay_group,
        ordered.days
    from ordered
    inner join medians
        on
            ordered.stay_group = medians.stay_group
            and ordered.position = medians.position
),

-- Nothing is known past the longest stay if that one is still open.
followed as (
    select
        stay_group,
        coalesce(longest_open_days < longest_days, true) as is_to_the_end
    from stay_groups
),

final as (
    select
        stay_groups.stay_group,
        stay_groups.stage_key,
        stay_groups.manager_key,
        stay_groups.quarter_number,
        stay_groups.stays,
        stay_groups.open_stays,
        median_days.days as survival_median_days,
        case
            when stay_groups.longest_days >= 7 or followed.is_to_the_end
                then advancing.p_advance_7d
        end as p_advance_7d,
        case
            when stay_groups.longest_days >= 30 or followed.is_to_the_end
                then advancing.p_advance_30d
        end as p_advance_30d,
        case
            when stay_groups.longest_days >= 90 or followed.is_to_the_end
                then advancing.p_advance_90d
        end as p_advance_90d
    from stay_groups
    inner join advancing
        on stay_groups.stay_group = advancing.stay_group
    inner join followed
        on stay_groups.stay_group = followed.stay_group
    left join median_days
        on stay_groups.stay_group = median_days.stay_group
)

select * from final
