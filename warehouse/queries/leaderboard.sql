-- Every method on one ruler: improvement over -Oz, functions won and lost, and what it cost.
--
-- improvement_over_X = sum(X) / sum(method) - 1, pooled over the method's functions. A method is a
-- strategy with its best answer to each function over all its campaigns, or one of the baselines,
-- which cost nothing to find. Costs are those of all campaigns of the strategy. What the judge has
-- said of a method's answers to unseen functions stands beside it as `judged METHOD`, with the
-- beginning of its model's id where several models answered by the same method.
--
-- method                     a strategy, oz, oz_plain, or judged and a method of passlake judge
-- functions                  functions that it answered
-- improvement_over_oz        sum(oz) / sum(method) - 1, a fraction
-- improvement_over_oz_plain  the same over -Oz without size attributes
-- functions_improved         smaller than -Oz
-- functions_regressed        larger than -Oz
-- instructions_saved         summed over the former
-- instructions_regressed     summed over the latter
-- compilations               lists compiled, with baselines, minimisation, confirmation; of a judged
--                            method those of its own
-- cpu_s                      CPU seconds of all its campaigns, or of all its judged answers
WITH answers AS (
    SELECT *
    FROM candidates
    WHERE objective = 'instructions' AND selected(function_id)
),

-- Equal answers of several judgings are one. Functions of the deep reference are not the lake's.
judged AS (
    SELECT
        'judged ' || method || CASE
            WHEN count(DISTINCT model_id) OVER (PARTITION BY method) > 1
                THEN ' ' || left(model_id, 8)
            ELSE ''
        END AS method,
        * EXCLUDE (method)
    FROM (
        SELECT *
        FROM judgements
        WHERE
            snapshot NOT LIKE 'reference:%'
            AND function_id IN (SELECT function_id FROM selection)
        QUALIFY row_number() OVER (
            PARTITION BY method, model_id, function_id, toolchain ORDER BY task_id
        ) = 1
    )
),

costs AS (
    SELECT
        strategy AS method,
        sum(compilations) AS compilations,
        sum(cpu_s) AS cpu_s
    FROM (
        -- A later row of the same search counts from its start.
        SELECT
            strategy,
            max(compilations) AS compilations,
            max(cpu_s) AS cpu_s
        FROM answers
        GROUP BY strategy, campaign_id, function_id
    )
    GROUP BY strategy
    UNION ALL
    SELECT
        method,
        sum(compilations) AS compilations,
        sum(cpu_s) AS cpu_s
    FROM judged
    GROUP BY method
),

results AS (
    SELECT
        strategy AS method,
        function_id,
        min(instructions) AS instructions,
        min(oz_instructions) AS oz,
        min(oz_plain_instructions) AS oz_plain
    FROM answers
    GROUP BY strategy, function_id, toolchain
    UNION ALL
    SELECT
        'oz' AS method,
        function_id,
        min(oz_instructions) AS instructions,
        min(oz_instructions) AS oz,
        min(oz_plain_instructions) AS oz_plain
    FROM answers
    GROUP BY function_id, toolchain
    UNION ALL
    SELECT
        'oz_plain' AS method,
        function_id,
        min(oz_plain_instructions) AS instructions,
        min(oz_instructions) AS oz,
        min(oz_plain_instructions) AS oz_plain
    FROM answers
    GROUP BY function_id, toolchain
    UNION ALL
    SELECT
        method,
        function_id,
        instructions,
        oz_instructions AS oz,
        oz_plain_instructions AS oz_plain
    FROM judged
)

SELECT
    r.method,
    count(DISTINCT r.function_id) AS functions,
    sum(r.oz) / sum(r.instructions) - 1 AS improvement_over_oz,
    sum(r.oz_plain) / sum(r.instructions) - 1 AS improvement_over_oz_plain,
    count(DISTINCT r.function_id) FILTER (r.instructions < r.oz) AS functions_improved,
    count(DISTINCT r.function_id) FILTER (r.instructions > r.oz) AS functions_regressed,
    sum(greatest(r.oz - r.instructions, 0))::BIGINT AS instructions_saved,
    sum(greatest(r.instructions - r.oz, 0))::BIGINT AS instructions_regressed,
    coalesce(any_value(c.compilations), 0)::BIGINT AS compilations,
    coalesce(any_value(c.cpu_s), 0) AS cpu_s
FROM results AS r
LEFT JOIN costs AS c ON c.method = r.method
GROUP BY r.method
ORDER BY improvement_over_oz DESC, r.method
