with

stays as (
    select * from {{ ref('stay_memberships') }}
),

final as (
    select
        stay_group,
        stage_key,
        manager_key,
        quarter_number,
        count(*) as stays,
        sum(case when is_open then 1 else 0 end) as open_stays,
        sum(case when is_open then 0 else 1 end) as finished_stays,
        avg(case when not is_open then days end) as mean_days,
        {{ percentile(0.5, 'case when not is_open then days end') }} as median_days,
        {{ percentile(0.9, 'case when not is_open then days end') }} as p90_days,
        sum(case when is_of_won_deal and not is_open then days else 0 end) as days_of_won_deals,
        sum(case when is_advanced then 1 else 0 end) as advanced,
        sum(case when is_advanced and days <= 7 then 1 else 0 end) as advanced_in_7d,
        sum(case when is_advanced and days <= 30 then 1 else 0 end) as advanced_in_30d,
        sum(case when is_advanced and days <= 90 then 1 else 0 end) as advanced_in_90d,
        max(days) as longest_days,
        max(case when is_open then days end) as longest_open_days
    from stays
    group by stay_group, stage_key, manager_key, quarter_number
)

select * from final
