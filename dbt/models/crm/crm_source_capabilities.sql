{{ union_sources('source_capabilities', [
    'source',
    'has_stage_history',
    'has_stage_author',
    'has_lost_reason',
    'has_lines',
    'has_invoices',
    'has_region',
    'has_spend',
    'history_start',
    'complete_to',
]) }}
