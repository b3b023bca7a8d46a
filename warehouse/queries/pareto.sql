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
    WHERE function_id IN (SELECT function_id FROM selection)
    UNION
    SELECT function_id, toolchain, 'default<Oz>', 1, oz_instructions, oz_object_bytes
    FROM candidates
    WHERE function_id IN (SELECT function_id FROM selection)
),

-- Of lists with equal figures the shortest, then the first by text.
distinct_results AS (
    SELECT *
    FROM results
    QUALIFY row_number() OVER (
        PARTITION BY function_id, toolchain, instructions, object_bytes
        ORDER BY num_passes, pass_list
    ) = 1
)

SELECT
    f.name,
    f.program,
    r.function_id,
    r.instructions,
    r.object_bytes,
    r.pass_list,
    r.toolchain
FROM distinct_results AS r
INNER JOIN raw.functions AS f ON f.function_id = r.function_id
WHERE NOT EXISTS (
    FROM distinct_results AS other
    WHERE other.function_id = r.function_id
        AND other.toolchain = r.toolchain
        AND other.instructions <= r.instructions
        AND other.object_bytes <= r.object_bytes
        AND (other.instructions < r.instructions OR other.object_bytes < r.object_bytes)
)
ORDER BY f.program, f.name, r.function_id, r.toolchain, r.instructions
