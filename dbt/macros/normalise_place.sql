{#
    A place name reduced to what tells it from others, for matching only; null if nothing is left.

    Lower case, ё as е, no punctuation; words that only say what kind of place it is are dropped
    ("г. Самара", "Самарская обл.", "Республика Коми", "Moscow City"). English "oblast" and "krai" stay
    under one spelling: without them "Moscow Oblast" would be the city.
#}
{% macro normalise_place(text) -%}
    {%- set kinds = [
        'г', 'гор', 'город', 'обл', 'область', 'край', 'респ', 'республика', 'ао', 'автономный', 'автономная',
        'округ', 'g', 'gorod', 'city', 'the', 'of', 'rep', 'republic', 'ao', 'autonomous', 'okrug'
    ] -%}
    {%- set apostrophes = "[''’‘`ʼʹ]" -%}
    {%- set separators = '[-–—−_.,;:()/|"«»“”№#&+*' ~ '\u00a0\t\r\n' ~ ' ]+' -%}
    {%- set steps = [
        (apostrophes, ''),
        (separators, '  '),
        (' (region|obl) ', ' oblast '),
        (' (kray|territory) ', ' krai '),
        (' (' ~ kinds | join('|') ~ ') ', ' '),
        ('iy ', 'y '),
        (' +', ' '),
    ] -%}
    {%- set state = namespace(sql="replace(lower(concat(' ', " ~ text ~ ", ' ')), 'ё', 'е')") -%}
    {%- for pattern, replacement in steps -%}
        {%- set state.sql = replace_pattern(state.sql, pattern, replacement) -%}
    {%- endfor -%}
    nullif(trim({{ state.sql }}), '')
{%- endmacro %}


{# Every match of a regular expression in a text replaced. #}
{% macro replace_pattern(text, pattern, replacement) -%}
    {{ return(adapter.dispatch('replace_pattern', 'voronka')(text, pattern, replacement)) }}
{%- endmacro %}

{% macro default__replace_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro spark__replace_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}')
{%- endmacro %}
