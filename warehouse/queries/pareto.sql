-- Results that no other beats in both instructions and object bytes, function by function; -Oz too.
--
-- name          symbol of the function
-- program       its program
-- function_id   hash of the function
-- instructions  after the list
-- object_bytes  after the list
-- pass_list     the shortest list with these figures
-- toolchain     LLVM that they hold for
WITH results AS (
    SELECT function_id, toolchain, pass_list, num_passes, instructions, object_bytes
    FROM candidates
    WHERE
        selected(function_id)
        -- What is -Oz itself comes below.
        AND (pass_list, num_passes, instructions, object_bytes)
        <> ('default<Oz>', 1, oz_instructions, oz_object_bytes)
    UNION ALL
    SELECT function_id, toolchain, 'default<Oz>', 1, oz_instructions, oz_object_bytes
    FROM candidates
    WHERE selected(function_id)
),

-- In the order of instructions a result is beaten by one before it with as few bytes; of lists with
-- equal figures the shortest stays, then the first by text.
front AS (
    SELECT *
    FROM results
    QUALIFY object_bytes < coalesce(min(object_bytes) OVER (
        PARTITION BY function_id, toolchain
        ORDER BY instructions, object_bytes, num_passes, pass_list
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 2147483647)
)

SELECT
    f.name,
    f.program,
    r.function_id,
    r.instructions,
    r.object_bytes,
    r.pass_list,
    r.toolchain
FROM front AS r
INNER JOIN raw.functions AS f ON f.function_id = r.function_id
ORDER BY f.program, f.name, r.function_id, r.toolchain, r.instructions
