{{ union_sources('activities', [
    'source',
    'activity_id',
    'deal_id',
    'manager_id',
    'kind',
    'happened_at',
]) }}
