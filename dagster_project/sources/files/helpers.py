"""The helpers a mapping's SQL may call: SQL macros over text as people and systems write it.

Each gives null for blank text, and *raises* for text it cannot read, so that the row is rejected
and named; inside `case when` only the branch taken is read. Documented for users in docs/files.md.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType

from duckdb import DuckDBPyConnection

from dagster_project.sources.files.mapping import Scalar
from dagster_project.warehouse.connections import name, text

HELPERS = ("money", "moment", "day", "flag", "whole", "map_value")
OTHER_VALUES = "*"
"""The key of a value map that stands for every text not listed."""

_TRUE = "('true', 'yes', 'y', 't', '1', 'on', 'да', 'истина', '+')"
_FALSE = "('false', 'no', 'n', 'f', '0', 'off', 'нет', 'ложь', '-')"

_RUBLES = r"руб(?:л(?:ь|я|ей))?|р"
_GAP = r"[\s\p{Z}\x{27}\x{2019}]"
_SCALES = {
    r"k|тыс": 1_000,
    r"m|mn|mln|mio|млн": 1_000_000,
    r"b|bn|млрд": 1_000_000_000,
}

_BLANK = r"[\s\p{Z}\x{FEFF}\x{200B}]"

# Each value is evaluated as seldom as can be: on millions of rows that is most of the cost.
_BASIC = (
    # Text without the blanks around it (no-break ones too); blank text is null. Most text has none.
    f"""create macro _clean(x) as case
        when cast(x as varchar) = '' or regexp_matches(cast(x as varchar), '^{_BLANK}|{_BLANK}$')
            then nullif(regexp_replace(cast(x as varchar), '^{_BLANK}+|{_BLANK}+$', '', 'g'), '')
        else cast(x as varchar)
    end""",
    # A cast that fails on purpose: `try` turns it into null and the caller into a rejected row.
    "create macro _reject(x) as cast(cast('cannot be read: ' || x as integer) as varchar)",
    # DuckDB reads `infinity` and `epoch` as moments: without their letters it does not.
    """create macro moment(x, format := null) as case
        when format is null then cast(translate(_clean(x), 'iIeE', '!!!!') as timestamptz)
        else cast(strptime(_clean(x), format) as timestamptz)
    end""",
    "create macro day(x, format := null) as cast(moment(x, format := format) as date)",
    f"""create macro flag(x) as case
        when lower(_clean(x)) in {_TRUE} then true
        when lower(_clean(x)) in {_FALSE} then false
        else cast(_reject(_clean(x)) as boolean)
    end""",
    # 3.0 is a whole number; 3.7 is an error, not 4.
    """create macro whole(x) as case
        when regexp_full_match(cast(x as varchar), '[0-9]{1,18}') then cast(x as bigint)
        when regexp_full_match(_clean(x), '[-+]?[0-9]+([.]0*)?')
            then cast(split_part(_clean(x), '.', 1) as bigint)
        else cast(_reject(_clean(x)) as bigint)
    end""",
)


def _money_macros() -> tuple[str, ...]:
    """`money(x)`: signs, currencies and K/M/B off; then which mark is the decimal one."""
    scales = "\n".join(
        f"when regexp_matches(x, '(?i)(?:{letters})$') then {factor}"
        for letters, factor in _SCALES.items()
    )
    letters = "|".join(_SCALES)
    return (
        # '(1,5) RUB' -> '-1,5'; '$1,117.10K' -> '1,117.10K'.
        rf"""create macro _amount(x) as
            regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
                regexp_replace(x, '[,.][\x{{2013}}\x{{2014}}-]+$', ''),
                '[\s\p{{Z}}"\x{{27}}\x{{2019}}\x{{FEFF}}\p{{Sc}}]', '', 'g'),
                '(?i)(?:^|([0-9.,)kmbтнлд]))(?:{_RUBLES})[.]?($|-)', '\1\2'),
                '^([-+(]*)[A-Z]{{3}}|[A-Z]{{3}}([-)]*)$', '\1\2', 'g'),
                '^[\x{{2212}}\x{{2013}}-]|^[(](.*)[)]$|^(.*)-$', '-\1\2'),
                '^[+]|[.]$', '', 'g')""",
        rf"""create macro _scale(x) as case
            {scales}
            else 1
        end""",
        rf"""create macro _digits(x) as regexp_replace(x, '(?i)(?:{letters})$', '')""",
        # Marks go only where every group has its three digits (in India two, but the last).
        r"""create macro _decimal(x, mark) as case
            when regexp_full_match(x, '-?[0-9]+')
                then x
            when regexp_full_match(x, '-?[0-9]{1,3}(,[0-9]{2,3})*,[0-9]{3}[.][0-9]+')
                then replace(x, ',', '')
            when regexp_full_match(x, '-?[0-9]{1,3}([.][0-9]{3})+,[0-9]+')
                then replace(replace(x, '.', ''), ',', '.')
            when regexp_full_match(x, '-?[0-9]{1,3}(,[0-9]{2,3})+,[0-9]{3}')
                then replace(x, ',', '')
            when regexp_full_match(x, '-?[0-9]{1,3}([.][0-9]{3}){2,}')
                then replace(x, '.', '')
            when mark is distinct from ',' and regexp_full_match(x, '-?[1-9][0-9]{0,2},[0-9]{3}')
                then replace(x, ',', '')
            when mark = ',' and regexp_full_match(x, '-?[1-9][0-9]{0,2}[.][0-9]{3}')
                then replace(x, '.', '')
            when mark is distinct from '.' and regexp_full_match(x, '-?[0-9]*,[0-9]+')
                then replace(x, ',', '.')
            when mark is distinct from ',' and regexp_full_match(x, '-?[0-9]*[.][0-9]+')
                then x
            else _reject(x)
        end""",
        # '10 20' are two numbers, '1 200' is one: blanks stand between groups of three digits.
        rf"""create macro _money(x, mark) as case
            when regexp_matches(x, '[0-9]{_GAP}+([0-9]{{1,2}}([^0-9]|$)|[0-9]{{4}})')
                or regexp_matches(x, '[0-9]{{4}}{_GAP}+[0-9]')
                then cast(_reject(x) as decimal(28, 6))
            else cast(_decimal(_digits(_amount(x)), mark) as decimal(28, 6)) * _scale(_amount(x))
        end""",
    )


def create_helpers(
    connection: DuckDBPyConnection,
    values: MappingType[str, MappingType[str, Scalar]],
    decimal_mark: str | None,
) -> None:
    """Create the macros in a connection whose `TimeZone` is the mapping's."""
    mark = "null" if decimal_mark is None else text(decimal_mark)
    for macro in (*_BASIC, *_money_macros()):
        connection.execute(macro)
    # What machines write needs no reading: plain digits, with a point unless commas are decimal.
    plain = "-?[0-9]+" if decimal_mark == "," else "-?[0-9]+([.][0-9]+)?"
    connection.execute(
        f"""create macro money(x, mark := {mark}) as case
            when mark is not distinct from {mark}
                and regexp_full_match(cast(x as varchar), '{plain}')
                then cast(cast(x as varchar) as decimal(28, 6))
            when _clean(x) is null then null
            else _money(_clean(x), mark)
        end"""
    )
    _create_maps(connection, values)


def _create_maps(
    connection: DuckDBPyConnection, values: MappingType[str, MappingType[str, Scalar]]
) -> None:
    """`map_value(x, name)` asks the macro of that map; the others fold away."""
    for map_name, pairs in values.items():
        listed = [
            f"when {text(key)} then {_literal(to)}"
            for key, to in pairs.items()
            if key != OTHER_VALUES
        ]
        other = _literal(pairs[OTHER_VALUES]) if OTHER_VALUES in pairs else "_reject(_clean(x))"
        unknown = f"case when _clean(x) is not null then {other} end"
        body = f"case _clean(x) {' '.join(listed)} else {unknown} end" if listed else unknown
        connection.execute(f"create macro {name('_map_' + map_name)}(x) as {body}")
    choices = " ".join(
        f"when {text(map_name)} then {name('_map_' + map_name)}(x)" for map_name in values
    )
    body = f"case map {choices} end" if values else "_reject(_clean(x))"
    connection.execute(f"create macro map_value(x, map) as {body}")


def _literal(value: Scalar) -> str:
    if value is None:
        return "cast(null as varchar)"
    return text(str(value).lower() if isinstance(value, bool) else value)
