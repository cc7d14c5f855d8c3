with

deals as (
    select * from {{ ref('fct_deals') }}
),

quartiles as (
    select * from {{ ref('deal_amount_quartiles') }}
),

mixes as (
    select distinct
        coalesce(deals.lead_source, '(unknown)') as lead_source,
        deals.region,
        {{ amount_band('deals.amount', 'quartiles') }} as amount_band
    from deals
    inner join quartiles
        on deals.pipeline_id = quartiles.pipeline_id
),

final as (
    select
        cast(row_number() over (order by lead_source, region, amount_band) as integer) as mix_key,
        cast(dense_rank() over (order by lead_source) as integer) as lead_source_key,
        cast(dense_rank() over (order by region) as integer) as region_key,
        lead_source,
        region,
        amount_band
    from mixes
)

select * from final
