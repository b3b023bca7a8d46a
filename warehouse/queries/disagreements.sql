-- Functions whose best list by instructions makes the object larger, the most bytes first.
--
-- program             program of the function
-- name                its symbol
-- instructions_saved  against -Oz
-- bytes_lost          bytes of the object beyond those after -Oz
-- oz_instructions     after -Oz
-- instructions        after the list
-- oz_object_bytes     after -Oz
-- object_bytes        after the list
-- pass_list           the list
-- function_id         hash of the function
SELECT
    f.program,
    f.name,
    b.oz_instructions - b.instructions AS instructions_saved,
    b.object_bytes - b.oz_object_bytes AS bytes_lost,
    b.oz_instructions,
    b.instructions,
    b.oz_object_bytes,
    b.object_bytes,
    b.pass_list,
    b.function_id
FROM best AS b
INNER JOIN raw.functions AS f ON f.function_id = b.function_id
WHERE
    b.objective = 'instructions'
    AND b.instructions < b.oz_instructions
    AND b.object_bytes > b.oz_object_bytes
    AND selected(b.function_id)
ORDER BY bytes_lost DESC, instructions_saved DESC, f.program, f.name, b.function_id, b.toolchain
