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
    SELECT [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] AS budgets
),

-- The best count within each budget, in the order of the budgets.
searches AS (
    SELECT
        campaign_id,
        function_id,
        any_value(strategy) AS strategy,
        count(*) AS evaluations,
        [
            min(instructions) FILTER (outcome = 'ok' AND ordinal < 1),
            min(instructions) FILTER (outcome = 'ok' AND ordinal < 2),
            min(instructions) FILTER (outcome = 'ok' AND ordinal < 5),
            min(instructions) FILTER (outcome = 'ok' AND ordinal < 10),
            min(instructions) FILTER (outcome = 'ok' AND ordinal < 20),
            min(instructions) FILTER (outcome = 'ok' AND ordinal < 50),
            min(instructions) FILTER (outcome = 'ok' AND ordinal < 100),
            min(instructions) FILTER (outcome = 'ok' AND ordinal < 200),
            min(instructions) FILTER (outcome = 'ok' AND ordinal < 500),
            min(instructions) FILTER (outcome = 'ok' AND ordinal < 1000),
            min(instructions) FILTER (outcome = 'ok' AND ordinal < 2000),
            min(instructions) FILTER (outcome = 'ok' AND ordinal < 5000)
        ] AS best
    FROM raw.evaluations
    WHERE selected(function_id)
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
        s.evaluations,
        o.oz_instructions,
        unnest(b.budgets) AS budget,
        unnest(s.best) AS instructions
    FROM searches AS s
    INNER JOIN oz AS o ON o.campaign_id = s.campaign_id AND o.function_id = s.function_id
    CROSS JOIN budgets AS b
)

SELECT
    strategy,
    budget AS evaluations,
    count(*) AS searches,
    count(*) FILTER (evaluations >= budget) AS searches_running,
    sum(oz_instructions) / nullif(sum(least(oz_instructions, instructions)), 0) - 1
        AS improvement_over_oz
FROM reached
GROUP BY strategy, budget
HAVING count(*) FILTER (evaluations >= budget) > 0
ORDER BY strategy, budget
