with

deals as (
    select * from {{ ref('fct_deals') }}
),

stage_entries as (
    select * from {{ ref('fct_stage_entries') }}
),

owners as (
    select manager_id from deals
    union
    select manager_id from stage_entries
),

final as (
    select
        cast(row_number() over (order by manager_id) as integer) as manager_key,
        manager_id
    from owners
    where manager_id is not null
)

select * from final
