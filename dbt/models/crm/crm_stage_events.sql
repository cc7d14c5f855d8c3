{{ union_sources('stage_events', [
    'source',
    'deal_id',
    'pipeline_id',
    'stage_id',
    'entered_at',
    'sequence',
    'moved_by',
    'manager_id',
]) }}
