{{ union_sources('documents', [
    'source',
    'document_id',
    'deal_id',
    'kind',
    'issued_at',
    'sent_at',
    'due_at',
    'paid_at',
    'amount',
    'currency',
    'status',
]) }}
