with

stages as (
    select * from {{ ref('crm_stages') }}
),

deals as (
    select * from {{ ref('crm_deals') }}
),

stage_events as (
    select * from {{ ref('int_stage_events') }}
),

used as (
    select distinct
        source,
        pipeline_id,
        stage_id
    from stage_events
    union
    select distinct
        source,
        pipeline_id,
        stage_id
    from deals
    where stage_id is not null
),

deleted as (
    select
        used.source,
        used.pipeline_id,
        used.stage_id
    from used
    left join stages
        on
            used.pipeline_id = stages.pipeline_id
            and used.stage_id = stages.stage_id
    where stages.stage_id is null
),

open_stages as (
    select
        pipeline_id,
        stage_id,
        cast(
            row_number() over (
                partition by pipeline_id
                order by position nulls last, stage_id
            ) as integer
        ) as stage_number,
        cast(count(*) over (partition by pipeline_id) as integer) as stage_count,
        lead(stage_id) over (
            partition by pipeline_id
            order by position nulls last, stage_id
        ) as next_stage_id
    from stages
    where kind = 'open'
),

stage_counts as (
    select distinct
        pipeline_id,
        stage_count
    from open_stages
),

all_stages as (
    select
        pipeline_id,
        stage_id,
        source,
        name as stage_name,
        position,
        kind,
        role
    from stages
    union all
    select
        pipeline_id,
        stage_id,
        source,
        '(deleted stage ' || stage_id || ')' as stage_name,
        cast(null as integer) as position,
        'open' as kind,
        cast(null as {{ dbt.type_string() }}) as role
    from deleted
),

final as (
    select
        all_stages.pipeline_id,
        all_stages.stage_id,
        cast(
            row_number() over (order by all_stages.pipeline_id, all_stages.stage_id) as integer
        ) as stage_key,
        all_stages.source,
        all_stages.stage_name,
        all_stages.position,
        all_stages.kind,
        all_stages.role,
        open_stages.stage_number,
        coalesce(stage_counts.stage_count, 0) as stage_count,
        open_stages.next_stage_id
    from all_stages
    left join open_stages
        on
            all_stages.pipeline_id = open_stages.pipeline_id
            and all_stages.stage_id = open_stages.stage_id
    left join stage_counts
        on all_stages.pipeline_id = stage_counts.pipeline_id
)

select * from final
