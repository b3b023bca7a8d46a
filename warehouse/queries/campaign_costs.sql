-- What each campaign cost and found, the latest first.
--
-- campaign_id           the campaign
-- started_at            when its first driver started, UTC
-- strategy              search strategy
-- objective             what was minimised
-- functions             functions searched so far
-- functions_planned     functions of its selection
-- evaluations           lists that the strategy asked for
-- compilations          lists compiled, with baselines, minimisation and confirmation
-- cpu_s                 CPU seconds of its searches
-- cpu_s_per_function    the same, for each function
-- functions_improved    functions with a list that is better than -Oz by the objective
-- instructions_saved    against -Oz, summed
-- bytes_saved           against -Oz, summed
-- cpu_s_per_saved       CPU seconds for each instruction saved; null where none was
WITH answers AS (
    -- A later row of the same search counts from its start.
    SELECT
        campaign_id,
        function_id,
        max(evaluations) AS evaluations,
        max(compilations) AS compilations,
        max(cpu_s) AS cpu_s,
        max(oz_instructions - instructions) AS instructions_saved,
        max(oz_object_bytes - object_bytes) AS bytes_saved,
        coalesce(bool_or(pass_list <> 'default<Oz>'), false) AS improved
    FROM candidates
    WHERE selected(function_id)
    GROUP BY campaign_id, function_id
),

-- Before campaigns come in, which hold the ids of all their functions.
totals AS (
    SELECT
        campaign_id,
        count(*) AS functions,
        sum(evaluations)::BIGINT AS evaluations,
        sum(compilations)::BIGINT AS compilations,
        sum(cpu_s) AS cpu_s,
        count(*) FILTER (improved) AS functions_improved,
        coalesce(sum(instructions_saved), 0)::BIGINT AS instructions_saved,
        coalesce(sum(bytes_saved), 0)::BIGINT AS bytes_saved
    FROM answers
    GROUP BY campaign_id
)

SELECT
    c.campaign_id,
    c.started_at,
    c.strategy,
    c.objective,
    t.functions,
    len(c.function_ids) AS functions_planned,
    t.evaluations,
    t.compilations,
    t.cpu_s,
    t.cpu_s / t.functions AS cpu_s_per_function,
    t.functions_improved,
    t.instructions_saved,
    t.bytes_saved,
    t.cpu_s / nullif(greatest(t.instructions_saved, 0), 0) AS cpu_s_per_saved
FROM totals AS t
INNER JOIN raw.campaigns AS c ON c.campaign_id = t.campaign_id
ORDER BY c.started_at DESC, c.campaign_id
