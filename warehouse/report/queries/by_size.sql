-- Gain by the size of the function before any pass.
WITH sized AS (
    SELECT
        c.oz,
        c.value,
        CASE
            WHEN f.instructions < 10 THEN 1
            WHEN f.instructions < 30 THEN 10
            WHEN f.instructions < 100 THEN 30
            WHEN f.instructions < 300 THEN 100
            WHEN f.instructions < 1000 THEN 300
            ELSE 1000
        END AS at_least
    FROM chosen AS c
    INNER JOIN raw.functions AS f ON f.function_id = c.function_id
)

SELECT
    at_least,
    count(*) AS functions,
    count(*) FILTER (value < oz) AS functions_improved,
    sum(oz - value)::BIGINT AS saved,
    sum(oz) / sum(value) - 1 AS improvement_over_oz
FROM sized
GROUP BY at_least
ORDER BY at_least
