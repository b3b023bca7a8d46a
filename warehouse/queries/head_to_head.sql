-- Strategies two by two, on the functions that both have searched: who finds the smaller one.
--
-- first               one strategy, the first by name
-- second              the other
-- functions           functions that both searched
-- first_wins          functions on which the first is smaller
-- second_wins         functions on which the second is smaller
-- instructions_first  the first one's counts, summed
-- instructions_second  the second one's counts, summed
-- first_over_second   sum(second) / sum(first) - 1, a fraction; above 0 the first is better
-- cpu_s_first         CPU seconds of the first's searches of these functions
-- cpu_s_second        CPU seconds of the second's
WITH answers AS (
    SELECT
        strategy,
        function_id,
        toolchain,
        min(instructions) AS instructions,
        sum(cpu_s) AS cpu_s
    FROM (
        -- A later row of the same search counts from its start.
        SELECT
            strategy,
            function_id,
            toolchain,
            campaign_id,
            min(instructions) AS instructions,
            max(cpu_s) AS cpu_s
        FROM candidates
        WHERE
            objective = 'instructions'
            AND selected(function_id)
        GROUP BY strategy, function_id, toolchain, campaign_id
    )
    GROUP BY strategy, function_id, toolchain
)

SELECT
    a.strategy AS first,
    b.strategy AS second,
    count(*) AS functions,
    count(*) FILTER (a.instructions < b.instructions) AS first_wins,
    count(*) FILTER (a.instructions > b.instructions) AS second_wins,
    sum(a.instructions)::BIGINT AS instructions_first,
    sum(b.instructions)::BIGINT AS instructions_second,
    sum(b.instructions) / nullif(sum(a.instructions), 0) - 1 AS first_over_second,
    sum(a.cpu_s) AS cpu_s_first,
    sum(b.cpu_s) AS cpu_s_second
FROM answers AS a
INNER JOIN answers AS b
    ON b.function_id = a.function_id AND b.toolchain = a.toolchain AND b.strategy > a.strategy
GROUP BY a.strategy, b.strategy
ORDER BY functions DESC, first, second
