-- The offsets worked out while compiling must be those of the database's own time zones.
-- A returned row is an hour that falls on another day.
{% set zones = [var('time_zone'), 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata'] | unique -%}

with

hours as (
    select timestamp '2000-01-01' + n * interval '1' hour as hour_at
    from {{ numbers(40 * 366 * 24) }}
)

{% for zone in zones -%}
select
    '{{ zone }}' as time_zone,
    hour_at
from hours
where
    hour_at < timestamp '2038-01-01'
    and {{ reporting_day('hour_at', zone) }}
    <> cast(timezone('{{ zone }}', timezone('UTC', hour_at)) as date)
{{ 'union all' if not loop.last }}
{% endfor %}
