-- Whatever a month that was over says otherwise than the publication in force is explained to the deal and
-- the cent: old and new value, each counted from all deals, differ by the sum of the reasons.
-- A returned row is a metric, pipeline and month that is not explained, or not by all of it.

with

publications as (
    select
        publication_id,
        {{ month_start(reporting_day('as_of')) }} as unfinished_month
    from {{ source('ops', 'previous_publication') }}
),

totals as (
    select
        totals.metric,
        totals.pipeline_id,
        totals.month,
        totals.old_value,
        totals.new_value
    from {{ ref('restated_totals') }} as totals
    cross join publications
    where totals.month < publications.unfinished_month
),

explained as (
    select
        restatements.metric,
        restatements.pipeline_id,
        restatements.month,
        sum(restatements.difference) as difference
    from {{ ref('restatements') }} as restatements
    inner join publications
        on restatements.previous_publication_id = publications.publication_id
    group by restatements.metric, restatements.pipeline_id, restatements.month
)

select
    coalesce(totals.metric, explained.metric) as metric,
    coalesce(totals.pipeline_id, explained.pipeline_id) as pipeline_id,
    coalesce(totals.month, explained.month) as month,
    totals.old_value,
    totals.new_value,
    explained.difference
from totals
full outer join explained
    on
        totals.metric = explained.metric
        and totals.month = explained.month
        and totals.pipeline_id is not distinct from explained.pipeline_id
where coalesce(totals.new_value, 0) - coalesce(totals.old_value, 0) <> coalesce(explained.difference, 0)
