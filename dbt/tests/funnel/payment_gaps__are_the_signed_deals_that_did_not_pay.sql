-- Where a pipeline has a payment stage, signed deals went on to it, paid otherwise, or are listed.
-- A returned row is a deal of the deal list that is listed and should not be, or the other way round.

with

pipelines as (
    select
        pipeline_id,
        min(case when role = 'contract' then stage_number end) as contract_number,
        min(case when role in ('payment', 'delivery') then stage_number end) as payment_number
    from {{ ref('dim_stages') }}
    group by pipeline_id
    having min(case when role = 'payment' then stage_number end) is not null
),

papers as (
    select
        documents.deal_id,
        max(case when documents.kind = 'contract' then 1 else 0 end) as has_contract,
        max(case when documents.paid_at is not null or documents.kind = 'payment' then 1 else 0 end)
            as has_paid
    from {{ ref('fct_documents') }} as documents
    group by documents.deal_id
),

signed as (
    select
        deals.deal_id,
        deals.outcome = 'won'
        or deals.furthest_stage_number >= pipelines.payment_number as is_beyond,
        deals.furthest_stage_number >= pipelines.contract_number as is_at_contract,
        coalesce(papers.has_contract, 0) as has_contract,
        coalesce(papers.has_paid, 0) as has_paid
    from {{ ref('deals') }} as deals
    inner join pipelines
        on deals.pipeline_id = pipelines.pipeline_id
    left join papers
        on deals.deal_id = papers.deal_id
)

select
    signed.*,
    gaps.deal_id as listed_deal_id
from signed
left join {{ ref('payment_gaps') }} as gaps
    on signed.deal_id = gaps.deal_id
where
    (gaps.deal_id is null and signed.is_at_contract and not signed.is_beyond and signed.has_paid = 0)
    or (gaps.deal_id is not null and signed.is_beyond)
    or (gaps.deal_id is not null and not signed.is_at_contract and signed.has_contract = 0)
