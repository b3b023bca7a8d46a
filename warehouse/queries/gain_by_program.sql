-- What the best lists save against -Oz, program by program.
--
-- program              the program
-- functions            functions that were searched
-- functions_improved   those with a list that is smaller than -Oz
-- oz_instructions      after -Oz, summed
-- instructions         after the best lists, summed
-- instructions_saved   the difference
-- improvement_over_oz  sum(oz) / sum(best) - 1, a fraction
SELECT
    f.program,
    count(*) AS functions,
    count(*) FILTER (b.instructions < b.oz_instructions) AS functions_improved,
    sum(b.oz_instructions)::BIGINT AS oz_instructions,
    sum(b.instructions)::BIGINT AS instructions,
    sum(b.oz_instructions - b.instructions)::BIGINT AS instructions_saved,
    sum(b.oz_instructions) / sum(b.instructions) - 1 AS improvement_over_oz
FROM best AS b
INNER JOIN raw.functions AS f ON f.function_id = b.function_id
WHERE b.objective = 'instructions' AND selected(b.function_id)
GROUP BY f.program
ORDER BY instructions_saved DESC, f.program
