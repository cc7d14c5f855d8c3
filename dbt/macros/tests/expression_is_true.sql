{# Data test: an expression over one row holds (null does not fail). A returned row breaks it. #}
{% test expression_is_true(model, expression) %}
    select *
    from {{ model }}
    where not ({{ expression }})
{% endtest %}
