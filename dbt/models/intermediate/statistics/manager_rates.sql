with

passages as (
    select * from {{ ref('passage_periods') }}
    where is_measurable
),

own as (
    select
        stage_key,
        quarter_number,
        manager_key,
        sum(reached) as reached,
        sum(passed) as passed,
        sum(passed + lost) as decided,
        sum(won) as won,
        sum(won_value) as won_value
    from passages
    group by stage_key, quarter_number, manager_key
),

team as (
    select
        stage_key,
        quarter_number,
        count(*) as managers,
        sum(reached) as reached,
        sum(passed) as passed,
        sum(decided) as decided,
        sum(won) as won,
        sum(won_value) as won_value,
        {{ share('sum(passed)', 'sum(reached)') }} as conversion
    from own
    group by stage_key, quarter_number
),

-- How alike deals of one manager are, by the moments of the beta-binomial (Kleinman 1973, weights = deals):
-- 0 if managers differ no more than chance makes them differ.
correlations as (
    select
        own.stage_key,
        own.quarter_number,
        least(
            1.0,
            greatest(
                0.0,
                coalesce(
                    (
                        {{ exact_sum(
                            'own.reached * power('
                            ~ share('own.passed', 'own.reached') ~ ' - team.conversion, 2)'
                        ) }} / nullif(max(team.conversion * (1 - team.conversion)), 0)
                        - (max(team.managers) - 1)
                    ) / nullif(
                        {{ exact_sum(
                            '(own.reached - 1) * (1 - ' ~ share('own.reached', 'team.reached') ~ ')'
                        ) }}, 0
                    ),
                    0
                )
            )
        ) as correlation
    from own
    inner join team
        on
            own.stage_key = team.stage_key
            and own.quarter_number = team.quarter_number
    group by own.stage_key, own.quarter_number
),

rates as (
    select
        own.stage_key,
        own.quarter_number,
        own.manager_key,
        own.reached,
        own.passed,
        {{ share('own.passed', 'own.reached') }} as conversion,
        team.reached as team_reached,
        team.passed as team_passed,
        team.conversion as team_conversion,
        -- The weight of the manager's own deals: reached / (reached + alpha + beta).
        own.reached * correlations.correlation
        / (1 + (own.reached - 1) * correlations.correlation) as own_weight,
        greatest(0.0, own.decided * {{ share('team.passed', 'team.decided') }} - own.passed)
            as more_passed,
        coalesce({{ share('own.won', 'own.passed') }}, {{ share('team.won', 'team.passed') }})
            as won_per_passed,
        coalesce(
            {{ share('own.won_value', 'own.passed') }},
            {{ share('team.won_value', 'team.passed') }}
        ) as value_per_passed
    from own
    inner join team
        on
            own.stage_key = team.stage_key
            and own.quarter_number = team.quarter_number
    inner join correlations
        on
            own.stage_key = correlations.stage_key
            and own.quarter_number = correlations.quarter_number
),

final as (
    select
        stage_key,
        quarter_number,
        manager_key,
        conversion,
        {{ wilson_low('passed', 'reached') }} as conversion_low,
        {{ wilson_high('passed', 'reached') }} as conversion_high,
        cast(team_reached as bigint) as team_reached,
        cast(team_passed as bigint) as team_passed,
        team_conversion,
        team_conversion + own_weight * (conversion - team_conversion) as shrunk_conversion,
        more_passed * won_per_passed as gain_at_team_level,
        cast(more_passed * value_per_passed as decimal(18, 2)) as gain_at_team_level_value
    from rates
)

select * from final
