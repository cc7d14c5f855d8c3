-- A mistyped population would bend every figure per inhabitant and be seen by nobody: the federal subjects of
-- ISO 3166-2:RU add up to the total the census of 2021 gives for them. A returned row is another total.
select sum(population) as population
from {{ ref('geo_regions') }}
where country_code = 'RU'
having sum(population) <> 144699673
