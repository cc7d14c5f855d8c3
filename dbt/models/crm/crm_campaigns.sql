{{ union_sources('campaigns', [
    'source',
    'campaign_id',
    'name',
    'channel',
    'strategy',
]) }}
