{{ union_sources('products', [
    'source',
    'product_id',
    'sku',
    'name',
    'category',
    'list_price',
    'unit_cost',
    'is_active',
]) }}
