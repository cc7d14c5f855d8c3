{{ union_sources('deletions', [
    'source',
    'entity',
    'id',
    'deleted_at',
]) }}
