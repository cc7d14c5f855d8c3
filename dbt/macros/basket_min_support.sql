{#
    Smallest share of orders a set of products must be in: var `bundle_min_support`, or if that is null 0.02 %
    (400 of 2M orders), from which `itemsets` goes up by itself where there would be too many sets.
#}
{% macro basket_min_support() -%}
    {{ return(0.0002 if basket_is_automatic() else var('bundle_min_support')) }}
{%- endmacro %}


{# Whether nobody chose the smallest support, so the engine may raise it to keep the run bounded. #}
{% macro basket_is_automatic() -%}
    {{ return(var('bundle_min_support') is none) }}
{%- endmacro %}


{# Var `bundle_max_size`, refused unless it is a whole number from 2 to 8. #}
{% macro basket_max_size() -%}
    {% set size = var('bundle_max_size') -%}
    {% if size is not integer or size < 2 or size > 8 -%}
        {% do exceptions.raise_compiler_error(
            "var `bundle_max_size` is " ~ size ~ ": write a whole number from 2 to 8"
        ) -%}
    {% endif -%}
    {{ return(size) }}
{%- endmacro %}
