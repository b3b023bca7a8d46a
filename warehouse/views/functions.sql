-- One function; aliases are the other names it was found under, sorted.
SELECT
    f.function_id,
    f.name,
    list_sort(list_filter(coalesce(o.names, []), lambda other: other <> f.name)) AS aliases,
    f.* EXCLUDE (function_id, name)
FROM raw.functions AS f
LEFT JOIN (
    SELECT function_id, list_distinct(list(name)) AS names
    FROM raw.occurrences
    GROUP BY function_id
) AS o ON o.function_id = f.function_id
