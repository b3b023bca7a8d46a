-- The figures on top: what was searched, what was gained, what it cost.
SELECT
    (SELECT count(*) FROM raw.functions) AS functions_held,
    (SELECT count(DISTINCT program) FROM raw.functions) AS programs_held,
    count(*) AS functions,
    count(*) FILTER (value < oz) AS functions_improved,
    sum(oz)::BIGINT AS oz,
    sum(oz_plain)::BIGINT AS oz_plain,
    sum(value)::BIGINT AS value,
    sum(oz) / sum(value) - 1 AS improvement_over_oz,
    sum(oz_plain) / sum(value) - 1 AS improvement_over_oz_plain,
    (SELECT sum(evaluations)::BIGINT FROM answers) AS evaluations,
    (SELECT sum(cpu_s) FROM answers) AS cpu_s
FROM chosen
