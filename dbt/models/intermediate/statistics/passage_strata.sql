{#
    Deals are compared with deals of the same lead source, region and amount band. A stratum of a few deals
    says little but about itself, so those under var `stratum_min_deals` are pooled: first over regions, then
    over amounts, at last over lead sources. 0 = pooled.
#}
{% set is_large = 'decided >= ' ~ var('stratum_min_deals') %}

with

passages as (
    select * from {{ ref('passage_periods') }}
),

mixes as (
    select * from {{ ref('deal_mixes') }}
),

by_mix as (
    select
        passages.stage_key,
        passages.quarter_number,
        passages.mix_key,
        mixes.lead_source_key,
        mixes.region_key,
        mixes.amount_band + 1 as amount_key,
        sum(passages.passed + passages.lost) as decided
    from passages
    inner join mixes
        on passages.mix_key = mixes.mix_key
    group by
        passages.stage_key,
        passages.quarter_number,
        passages.mix_key,
        mixes.lead_source_key,
        mixes.region_key,
        mixes.amount_band
),

without_region as (
    select
        stage_key,
        quarter_number,
        lead_source_key,
        amount_key,
        sum(decided) as decided
    from by_mix
    where not {{ is_large }}
    group by stage_key, quarter_number, lead_source_key, amount_key
),

without_amount as (
    select
        stage_key,
        quarter_number,
        lead_source_key,
        sum(decided) as decided
    from without_region
    where not {{ is_large }}
    group by stage_key, quarter_number, lead_source_key
),

levels as (
    select
        by_mix.stage_key,
        by_mix.quarter_number,
        by_mix.mix_key,
        by_mix.lead_source_key,
        by_mix.region_key,
        by_mix.amount_key,
        case
            when by_mix.{{ is_large }} then 3
            when without_region.{{ is_large }} then 2
            when without_amount.{{ is_large }} then 1
            else 0
        end as level
    from by_mix
    left join without_region
        on
            by_mix.stage_key = without_region.stage_key
            and by_mix.quarter_number = without_region.quarter_number
            and by_mix.lead_source_key = without_region.lead_source_key
            and by_mix.amount_key = without_region.amount_key
    left join without_amount
        on
            by_mix.stage_key = without_amount.stage_key
            and by_mix.quarter_number = without_amount.quarter_number
            and by_mix.lead_source_key = without_amount.lead_source_key
),

final as (
    select
        stage_key,
        quarter_number,
        mix_key,
        case when level >= 1 then lead_source_key else 0 end as lead_source_key,
        case when level >= 2 then amount_key else 0 end as amount_key,
        case when level >= 3 then region_key else 0 end as region_key
    from levels
)

select * from final
