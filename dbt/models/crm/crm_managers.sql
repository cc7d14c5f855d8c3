{{ union_sources('managers', [
    'source',
    'manager_id',
    'name',
    'team',
    'is_active',
]) }}
