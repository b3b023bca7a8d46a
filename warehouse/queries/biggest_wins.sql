-- The ten functions on which the best list saves most instructions against -Oz.
--
-- program             program of the function
-- name                its symbol
-- oz_instructions     after -Oz
-- instructions        after the best list
-- instructions_saved  the difference
-- gate                what is known of the list's correctness
-- pass_list           the best list
-- function_id         hash of the function
SELECT
    f.program,
    f.name,
    b.oz_instructions,
    b.instructions,
    b.oz_instructions - b.instructions AS instructions_saved,
    b.gate,
    b.pass_list,
    b.function_id
FROM best AS b
INNER JOIN raw.functions AS f ON f.function_id = b.function_id
WHERE
    b.objective = 'instructions'
    AND b.instructions < b.oz_instructions
    AND selected(b.function_id)
ORDER BY instructions_saved DESC, f.program, f.name, b.function_id, b.toolchain
LIMIT 10
