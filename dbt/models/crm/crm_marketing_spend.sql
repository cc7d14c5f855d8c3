{{ union_sources('marketing_spend', [
    'source',
    'date',
    'region',
    'channel',
    'strategy',
    'campaign_id',
    'amount',
    'currency',
]) }}
