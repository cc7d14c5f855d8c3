with

shares as (
    select * from {{ ref('lost_reason_shares') }}
    where dimension <> 'all'
),

stages as (
    select * from {{ ref('dim_stages') }}
),

pipelines as (
    select * from {{ ref('dim_pipelines') }}
),

reasons as (
    select * from {{ ref('dim_lost_reasons') }}
),

managers as (
    select * from {{ ref('dim_managers') }}
),

owner_bases as (
    select * from {{ ref('owner_bases') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

final as (
    select
        shares.source,
        shares.dimension,
        shares.member,
        case
            when shares.dimension = 'manager' then coalesce(managers.manager_name, shares.member)
            else shares.member
        end as member_name,
        case when shares.dimension = 'manager' then owner_bases.manager_basis end as manager_basis,
        shares.pipeline_id,
        pipelines.pipeline_name,
        shares.stage_id,
        coalesce(stages.stage_name, '(unknown)') as stage_name,
        stages.stage_number,
        shares.lost_reason_id,
        case
            when shares.lost_reason_id = '(not recorded)' then '(not recorded)'
            else coalesce(reasons.lost_reason, shares.lost_reason_id)
        end as lost_reason,
        reasons.category,
        shares.quarter,
        shares.deals,
        shares.value,
        shares.stage_deals,
        shares.share_in_stage,
        shares.rank_in_stage,
        shares.cumulative_share,
        shares.previous_deals,
        shares.previous_stage_deals,
        shares.previous_share,
        shares.share_change,
        shares.change_p_value,
        shares.change_q_value,
        case when sources.has_stage_history then shares.reopened end as reopened,
        case when sources.has_stage_history then shares.reopened_won end as reopened_won,
        nullif(
            concat_ws(
                ',',
                case when not sources.has_lost_reason then 'no_lost_reason' end,
                case when not sources.has_stage_history then 'no_stage_history' end,
                case
                    when shares.dimension = 'region' and not sources.has_region then 'no_region'
                    when shares.dimension = 'product_category' and not sources.has_lines then 'no_lines'
                end
            ),
            ''
        ) as not_measurable,
        sources.as_of
    from shares
    inner join sources
        on shares.source = sources.source
    inner join owner_bases
        on shares.source = owner_bases.source
    left join managers
        on
            shares.dimension = 'manager'
            and shares.member = managers.manager_id
    left join stages
        on
            shares.pipeline_id = stages.pipeline_id
            and shares.stage_id = stages.stage_id
    left join pipelines
        on shares.pipeline_id = pipelines.pipeline_id
    left join reasons
        on shares.lost_reason_id = reasons.lost_reason_id
)

select * from final
