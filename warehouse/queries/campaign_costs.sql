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
    WHERE function_id IN (SELECT function_id FROM selection)
    GROUP BY campaign_id, function_id
)

SELECT
    c.campaign_id,
    c.started_at,
    c.strategy,
    c.objective,
    count(*) AS functions,
    len(c.function_ids) AS functions_planned,
    sum(a.evaluations)::BIGINT AS evaluations,
    sum(a.compilations)::BIGINT AS compilations,
    sum(a.cpu_s) AS cpu_s,
    sum(a.cpu_s) / count(*) AS cpu_s_per_function,
    count(*) FILTER (a.improved) AS functions_improved,
    coalesce(sum(a.instructions_saved), 0)::BIGINT AS instructions_saved,
    coalesce(sum(a.bytes_saved), 0)::BIGINT AS bytes_saved,
    sum(a.cpu_s) / nullif(greatest(sum(a.instructions_saved), 0), 0) AS cpu_s_per_saved
FROM answers AS a
INNER JOIN raw.campaigns AS c ON c.campaign_id = a.campaign_id
GROUP BY ALL
ORDER BY c.started_at DESC, c.campaign_id
