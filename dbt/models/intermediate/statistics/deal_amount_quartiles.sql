with

deals as (
    select * from {{ ref('fct_deals') }}
),

final as (
    select
        pipeline_id,
        {{ percentile(0.25, 'cast(amount as double)') }} as first_quartile,
        {{ percentile(0.5, 'cast(amount as double)') }} as second_quartile,
        {{ percentile(0.75, 'cast(amount as double)') }} as third_quartile
    from deals
    group by pipeline_id
)

select * from final
