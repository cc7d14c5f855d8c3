{{ union_sources('stages', [
    'source',
    'pipeline_id',
    'stage_id',
    'name',
    'position',
    'kind',
    'role',
]) }}
