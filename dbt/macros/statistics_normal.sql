{#
    The chance that a standard normal exceeds z, for z >= 0; 2 x it is the two-sided p-value.

    Hart's rational approximation (Computer Approximations, 1968, no. 5666) as given by West (Better
    Approximations to Cumulative Normal Functions, 2005): the relative error is under 1e-12 up to z = 4 and
    under 1e-8 from there on. Neither DuckDB nor Spark has an error function.
#}
{% macro normal_tail(z) -%}
    {%- set above = [
        0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
        221.213596169931, 220.206867912376
    ] -%}
    {%- set below = [
        0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674,
        637.333633378831, 793.826512519948, 440.413735824752
    ] -%}
    (
        exp(-({{ z }}) * ({{ z }}) / 2) * case
            when {{ z }} < 7.07106781186547
                then {{ polynomial(above, z) }}
                    / {{ polynomial(below, z) }}
            else 1 / (
                2.506628274631 * (
                    {{ z }} + 1 / ({{ z }} + 2 / ({{ z }} + 3 / ({{ z }} + 4 / ({{ z }} + 0.65))))
                )
            )
        end
    )
{%- endmacro %}


{# A polynomial in x by Horner's rule, highest coefficient first; in doubles. #}
{% macro polynomial(coefficients, x) -%}
    {% set state = namespace(text='cast(' ~ coefficients[0] ~ ' as double)') -%}
    {% for coefficient in coefficients[1:] -%}
        {% set state.text = '(' ~ state.text ~ ' * (' ~ x ~ ') + ' ~ coefficient ~ ')' -%}
    {% endfor -%}
    {{ state.text }}
{%- endmacro %}
