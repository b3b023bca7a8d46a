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
    WHERE selected(function_id)
    GROUP BY function_id, toolchain
),

searched AS (
    SELECT campaign_id, function_id, instructions, count(*) AS lists
    FROM raw.evaluations
    WHERE outcome = 'ok' AND selected(function_id)
    GROUP BY campaign_id, function_id, instructions
),

-- A campaign says which toolchain its evaluations were made with.
counted AS (
    SELECT s.function_id, c.toolchain, s.instructions, s.lists
    FROM searched AS s
    INNER JOIN raw.campaigns AS c ON c.campaign_id = s.campaign_id
    UNION ALL
    SELECT function_id, toolchain, oz_instructions, 0 FROM oz
),

results AS (
    SELECT function_id, toolchain, instructions, sum(lists) AS lists
    FROM counted
    GROUP BY function_id, toolchain, instructions
),

-- A short list for each function: numbering all rows in a window would sort them.
ranked AS (
    SELECT
        function_id,
        toolchain,
        list_sort(list({'instructions': instructions, 'lists': lists})) AS results
    FROM results
    GROUP BY function_id, toolchain
),

taken AS (
    SELECT
        k.rank,
        len(r.results) >= k.rank AS has_it,
        r.results[least(k.rank, len(r.results))] AS result,
        o.oz_instructions
    FROM ranked AS r
    INNER JOIN oz AS o ON o.function_id = r.function_id AND o.toolchain = r.toolchain
    CROSS JOIN (SELECT unnest(range(1, 11)) AS rank) AS k
)

SELECT
    rank,
    count(*) FILTER (has_it) AS functions,
    avg(result.lists) FILTER (has_it) AS lists,
    sum(result.instructions)::BIGINT AS instructions,
    (sum(result.instructions) - min(sum(result.instructions)) OVER ())::BIGINT
        AS instructions_lost,
    sum(oz_instructions) / nullif(sum(result.instructions), 0) - 1 AS improvement_over_oz
FROM taken
GROUP BY rank
HAVING count(*) FILTER (has_it) > 0
ORDER BY rank
