-- How far each strategy is after so many evaluations: its gain over -Oz by budget.
--
-- The best count among a search's first evaluations, -Oz where none beats it, pooled over its
-- functions. Searches that ended earlier stay where they were. Counts are those of the search: what
-- the real `opt` did not confirm is still in them.
--
-- strategy             search strategy
-- evaluations          evaluations of each function
-- searches             searches of a function, over all campaigns
-- searches_running     those that had so many evaluations at all
-- improvement_over_oz  sum(oz) / sum(best so far) - 1, a fraction
WITH budgets AS (
    SELECT unnest([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]) AS budget
),

-- Where a search got better is all that a curve needs of it.
steps AS (
    SELECT campaign_id, function_id, strategy, ordinal, instructions
    FROM raw.evaluations
    WHERE outcome = 'ok' AND function_id IN (SELECT function_id FROM selection)
    QUALIFY instructions < coalesce(min(instructions) OVER (
        PARTITION BY campaign_id, function_id
        ORDER BY ordinal
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 2147483647)
),

searches AS (
    SELECT campaign_id, function_id, any_value(strategy) AS strategy, count(*) AS evaluations
    FROM raw.evaluations
    WHERE function_id IN (SELECT function_id FROM selection)
    GROUP BY campaign_id, function_id
),

oz AS (
    SELECT campaign_id, function_id, min(oz_instructions) AS oz_instructions
    FROM raw.winners
    WHERE objective = 'instructions'
    GROUP BY campaign_id, function_id
),

reached AS (
    SELECT
        s.strategy,
        b.budget,
        s.evaluations,
        o.oz_instructions,
        least(o.oz_instructions, min(t.instructions)) AS instructions
    FROM searches AS s
    INNER JOIN oz AS o ON o.campaign_id = s.campaign_id AND o.function_id = s.function_id
    CROSS JOIN budgets AS b
    LEFT JOIN steps AS t
        ON t.campaign_id = s.campaign_id AND t.function_id = s.function_id AND t.ordinal < b.budget
    GROUP BY s.campaign_id, s.function_id, s.strategy, b.budget, s.evaluations, o.oz_instructions
)

SELECT
    strategy,
    budget AS evaluations,
    count(*) AS searches,
    count(*) FILTER (evaluations >= budget) AS searches_running,
    sum(oz_instructions) / nullif(sum(instructions), 0) - 1 AS improvement_over_oz
FROM reached
GROUP BY strategy, budget
HAVING count(*) FILTER (evaluations >= budget) > 0
ORDER BY strategy, budget
