-- The functions that most is saved on, with their code before and after: the largest of all, and
-- those that are short enough to be read on a page.
WITH ranked AS (
    SELECT
        c.*,
        length(f.ir) - length(replace(f.ir, chr(10), '')) <= 120 AS short,
        row_number() OVER (PARTITION BY short ORDER BY c.oz - c.value DESC, c.function_id) AS place
    FROM chosen AS c
    INNER JOIN raw.functions AS f ON f.function_id = c.function_id
    WHERE c.value < c.oz
),

top AS (
    SELECT * FROM ranked WHERE place <= CASE WHEN short THEN 8 ELSE 4 END
),

-- Several campaigns may have found the same list.
code AS (
    SELECT function_id, pass_list, any_value(optimised_ir) AS optimised_ir
    FROM raw.winners
    SEMI JOIN top USING (function_id, pass_list, toolchain)
    GROUP BY function_id, pass_list
)

SELECT
    f.name,
    f.program,
    f.function_id,
    f.instructions AS unoptimised,
    t.oz,
    t.value,
    t.pass_list,
    t.gate,
    t.strategy,
    t.short,
    f.ir,
    c.optimised_ir
FROM top AS t
INNER JOIN raw.functions AS f ON f.function_id = t.function_id
LEFT JOIN code AS c ON c.function_id = t.function_id AND c.pass_list = t.pass_list
ORDER BY t.short DESC, t.place
