-- The corpus by split, language, origin and licence; the twelve largest groups of each.
SELECT facet, name, functions, programs, instructions
FROM (
    SELECT
        facet,
        name,
        count(*) AS functions,
        count(DISTINCT program) AS programs,
        sum(instructions)::BIGINT AS instructions,
        row_number() OVER (PARTITION BY facet ORDER BY count(*) DESC, name) AS place
    FROM (
        SELECT 'split' AS facet, split AS name, program, instructions FROM raw.functions
        UNION ALL
        SELECT 'language', language, program, instructions FROM raw.functions
        UNION ALL
        SELECT 'origin', origin, program, instructions FROM raw.functions
        UNION ALL
        SELECT 'licence', license, program, instructions FROM raw.functions
    )
    GROUP BY facet, name
)
WHERE place <= 12
ORDER BY facet, functions DESC, name
