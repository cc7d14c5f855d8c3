with

extractions as (
    select * from {{ source('raw_bitrix24', 'extractions') }}
),

portal as (
    select * from {{ source('raw_bitrix24', 'portal') }}
),

deal_stage_history as (
    select min({{ utc_moment('created_time') }}) as history_start
    from {{ source('raw_bitrix24', 'deal_stage_history') }}
),

product_rows as (
    select count(*) > 0 as has_lines
    from {{ source('raw_bitrix24', 'product_rows') }}
),

invoices as (
    select count(*) > 0 as has_invoices
    from {{ source('raw_bitrix24', 'invoices') }}
),

addresses as (
    select count(*) > 0 as has_addresses
    from {{ source('raw_bitrix24', 'addresses') }}
),

complete as (
    select max({{ utc_moment('complete_to') }}) as complete_to
    from extractions
),

final as (
    select
        'bitrix24' as source,
        true as has_stage_history,
        false as has_stage_author,
        portal.lost_reason_from <> 'none' as has_lost_reason,
        product_rows.has_lines,
        invoices.has_invoices,
        portal.region_in <> 'requisites' or addresses.has_addresses as has_region,
        false as has_spend,
        deal_stage_history.history_start,
        complete.complete_to
    from portal
    cross join deal_stage_history
    cross join product_rows
    cross join invoices
    cross join addresses
    cross join complete
)

select * from final
