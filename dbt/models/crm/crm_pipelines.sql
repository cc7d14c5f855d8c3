{{ union_sources('pipelines', [
    'source',
    'pipeline_id',
    'name',
    'is_active',
]) }}
