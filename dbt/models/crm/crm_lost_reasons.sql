{{ union_sources('lost_reasons', [
    'source',
    'lost_reason_id',
    'name',
    'category',
]) }}
