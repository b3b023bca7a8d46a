-- What the best lists save against -Oz, by kind of source, language and split.
--
-- origin               kind of source
-- language             language of the source
-- split                train, valid or test
-- programs             programs with a function that was searched
-- functions            functions that were searched
-- functions_improved   those with a list that is smaller than -Oz
-- instructions_saved   against -Oz, summed
-- improvement_over_oz  sum(oz) / sum(best) - 1, a fraction
SELECT
    f.origin,
    f.language,
    f.split,
    count(DISTINCT f.program) AS programs,
    count(*) AS functions,
    count(*) FILTER (b.instructions < b.oz_instructions) AS functions_improved,
    sum(b.oz_instructions - b.instructions)::BIGINT AS instructions_saved,
    sum(b.oz_instructions) / nullif(sum(b.instructions), 0) - 1 AS improvement_over_oz
FROM best AS b
INNER JOIN raw.functions AS f ON f.function_id = b.function_id
WHERE b.objective = 'instructions' AND selected(b.function_id)
GROUP BY f.origin, f.language, f.split
ORDER BY functions DESC, f.origin, f.language, f.split
