with

sources as (
    select * from {{ ref('dim_sources') }}
),

stage_entries as (
    select * from {{ ref('fct_stage_entries') }}
),

with_owner as (
    select source
    from stage_entries
    where manager_id is not null
    group by source
),

final as (
    select
        sources.source,
        case
            when with_owner.source is not null then 'owner_at_the_time'
            else 'current_owner'
        end as manager_basis
    from sources
    left join with_owner
        on sources.source = with_owner.source
)

select * from final
