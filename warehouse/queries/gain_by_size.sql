-- What the best lists save against -Oz, by the size of the function before any pass.
--
-- from_instructions    the class begins at so many instructions
-- to_instructions      and ends there
-- functions            functions that were searched
-- functions_improved   those with a list that is smaller than -Oz
-- share_improved       the latter of the former
-- instructions_saved   against -Oz, summed
-- improvement_over_oz  sum(oz) / sum(best) - 1, a fraction
SELECT
    2 ** floor(log2(greatest(f.instructions, 1)))::INTEGER AS from_instructions,
    2 ** (floor(log2(greatest(f.instructions, 1))) + 1)::INTEGER - 1 AS to_instructions,
    count(*) AS functions,
    count(*) FILTER (b.instructions < b.oz_instructions) AS functions_improved,
    count(*) FILTER (b.instructions < b.oz_instructions) / count(*) AS share_improved,
    sum(b.oz_instructions - b.instructions)::BIGINT AS instructions_saved,
    sum(b.oz_instructions) / nullif(sum(b.instructions), 0) - 1 AS improvement_over_oz
FROM best AS b
INNER JOIN raw.functions AS f ON f.function_id = b.function_id
WHERE b.objective = 'instructions' AND selected(b.function_id)
GROUP BY ALL
ORDER BY from_instructions
