-- Gain program by program: at most twenty that most was saved on, the others as one.
WITH programs AS (
    SELECT
        f.program,
        count(*) AS functions,
        count(*) FILTER (c.value < c.oz) AS functions_improved,
        sum(c.oz)::BIGINT AS oz,
        sum(c.value)::BIGINT AS value,
        CASE
            WHEN sum(c.oz - c.value) = 0 THEN 21
            ELSE row_number() OVER (ORDER BY sum(c.oz - c.value) DESC, f.program)
        END AS place
    FROM chosen AS c
    INNER JOIN raw.functions AS f ON f.function_id = c.function_id
    GROUP BY f.program
)

SELECT
    CASE WHEN place <= 20 THEN program END AS program,
    count(*) AS programs,
    sum(functions)::BIGINT AS functions,
    sum(functions_improved)::BIGINT AS functions_improved,
    sum(oz - value)::BIGINT AS saved,
    sum(oz) / sum(value) - 1 AS improvement_over_oz
FROM programs
GROUP BY 1, least(place, 21)
ORDER BY least(place, 21)
