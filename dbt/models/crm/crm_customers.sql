{{ union_sources('customers', [
    'source',
    'customer_id',
    'name',
    'kind',
    'country',
    'region',
    'city',
    'geo_basis',
    'created_at',
]) }}
