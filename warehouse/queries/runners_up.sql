-- What the second best result costs: the gain if each function took its k-th lowest count.
--
-- Results of a function are the distinct counts that its lists reached, -Oz among them; where there
-- are fewer than k, the last one stands.
--
-- rank                 1 is the lowest count of each function
-- functions            functions with so many different counts
-- lists                mean number of evaluated lists that reach the count
-- instructions         summed over all functions
-- instructions_lost    against rank 1
-- improvement_over_oz  sum(oz) / sum(rank) - 1, a fraction
WITH oz AS (
    SELECT function_id, toolchain, min(oz_instructions) AS oz_instructions
    FROM raw.winners
    WHERE function_id IN (SELECT function_id FROM selection)
    GROUP BY function_id, toolchain
),

-- A campaign says which toolchain its evaluations were made with.
counted AS (
    SELECT e.function_id, c.toolchain, e.instructions, count(*) AS lists
    FROM raw.evaluations AS e
    INNER JOIN raw.campaigns AS c ON c.campaign_id = e.campaign_id
    WHERE e.outcome = 'ok' AND e.function_id IN (SELECT function_id FROM selection)
    GROUP BY e.function_id, c.toolchain, e.instructions
    UNION ALL
    SELECT function_id, toolchain, oz_instructions, 0 FROM oz
),

results AS (
    SELECT function_id, toolchain, instructions, sum(lists) AS lists
    FROM counted
    GROUP BY function_id, toolchain, instructions
),

ranked AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY function_id, toolchain ORDER BY instructions) AS rank,
        count(*) OVER (PARTITION BY function_id, toolchain) AS results
    FROM results
),

taken AS (
    SELECT k.rank, r.rank = k.rank AS has_it, r.lists, r.instructions, o.oz_instructions
    FROM (SELECT unnest(range(1, 11)) AS rank) AS k
    INNER JOIN ranked AS r ON r.rank = least(k.rank, r.results)
    INNER JOIN oz AS o ON o.function_id = r.function_id AND o.toolchain = r.toolchain
)

SELECT
    rank,
    count(*) FILTER (has_it) AS functions,
    avg(lists) FILTER (has_it) AS lists,
    sum(instructions)::BIGINT AS instructions,
    (sum(instructions) - min(sum(instructions)) OVER ())::BIGINT AS instructions_lost,
    sum(oz_instructions) / nullif(sum(instructions), 0) - 1 AS improvement_over_oz
FROM taken
GROUP BY rank
HAVING count(*) FILTER (has_it) > 0
ORDER BY rank
