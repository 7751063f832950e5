#!/usr/bin/env python3
"""Count, total and maximum of each trace name, by a query engine that is a Python module.

    engines.py duckdb|polars|chdb|access LOG

`access` is DuckDB on an access log, whose names are method and route. Prints `name TAB count TAB total TAB max`. Each
engine has the fastest of the forms that were tried (two cores, seconds for the whole process):

    duckdb  on 1 GB: columns split at blanks 0.89, the same with start lines left out as faulty 0.83;
            on 256 MB: the former 0.61, whole lines with split_part 3.5, with a regular expression 5.8
    polars  on 1 GB: columns split at blanks 0.84, the same with the name as a categorical 0.68, whole lines with a
            regular expression 3.3; on 256 MB: the last 0.96, whole lines with str.split 3.7
    chdb    on 1 GB: LineAsString and splitByChar 0.82, the same with the name of low cardinality 0.77, CSV split at
            blanks 1.8; on 256 MB: the first 0.42, the last 0.74, format Regexp 2.3
"""

import sys

# Split at each blank, a stop line has 6 fields, or 9 with the mark `  <- !!!`; a start line has 14, the second empty.
STOP_FIELDS = 9


def with_duckdb(log):
    import duckdb

    types = ", ".join(f"'f{i}': '{'DOUBLE' if i == 1 else 'VARCHAR'}'" for i in range(STOP_FIELDS))
    source = (
        f"read_csv('{log}', delim=' ', quote='', escape='', header=false, auto_detect=false, columns={{{types}}},"
        " null_padding=true, ignore_errors=true)"
    )
    query = f"select f5, count(*), sum(f1), max(f1) from {source} where f1 is not null group by f5"
    return duckdb.execute(query).fetchall()


# Method, path without query and seconds; method and path are empty where the request has no route.
ACCESS_LINE = r'"(?:(\S+) ([^" ?#]+)[^"]* HTTP/[^"]*|[^"]*)" \d+ \d+ "[^"]*" "[^"]*" ([0-9.]+)$'


def access_with_duckdb(log):
    import duckdb

    query = f"""
        with requests as (
            select regexp_extract(line, '{ACCESS_LINE}', ['method', 'path', 'seconds']) as found
            from read_csv('{log}', delim='\x01', quote='', escape='', header=false, auto_detect=false,
                          columns={{'line': 'VARCHAR'}})
        ), routes as (
            select found.method, found.seconds::double as seconds, regexp_replace(
                regexp_replace(found.path, '([/.])[0-9a-f-]{{8,}}', '\\1{{id}}', 'g'), '([/.])[0-9]+', '\\1{{n}}', 'g') as path
            from requests
        )
        select if(method = '', '<BADREQ>', method || ' ' || path) as name, count(*), sum(seconds), max(seconds)
        from routes group by name"""
    return duckdb.execute(query).fetchall()


def with_polars(log):
    import polars as pl

    names = ["timestamp", "duration", "base_id", "parent_id", "trace_id", "name"]
    types = {"duration": pl.Float64, "name": pl.Categorical}
    lines = pl.scan_csv(
        log,
        separator=" ",
        has_header=False,
        quote_char=None,
        truncate_ragged_lines=True,
        extra_columns="ignore",
        schema={name: types.get(name, pl.String) for name in names},
    )
    duration = pl.col("duration")
    query = (
        lines.filter(duration.is_not_null())
        .group_by("name")
        .agg(pl.len(), duration.sum().alias("total"), duration.max().alias("max"))
    )
    return query.collect(engine="streaming").rows()


def with_chdb(log):
    import chdb

    query = f"""
        with splitByChar(' ', line, 6) as fields
        select toLowCardinality(fields[6]) as name, count(), sum(toFloat64(fields[2]) as duration), max(duration)
        from file('{log}', 'LineAsString')
        where not endsWith(line, '-start')
        group by name"""
    return [row.split("\t") for row in str(chdb.query(query, "TSV")).splitlines()]


def main():
    engines = {"duckdb": with_duckdb, "polars": with_polars, "chdb": with_chdb, "access": access_with_duckdb}
    engine = engines[sys.argv[1]]
    for row in engine(sys.argv[2]):
        print(*row, sep="\t")


if __name__ == "__main__":
    main()
