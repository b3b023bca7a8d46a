-- Each campaign: what it gained over its functions and what one of them cost; the largest first.
SELECT
    a.campaign_id,
    c.strategy,
    c.evaluations_per_function,
    c.cpu_seconds_per_function,
    c.seed,
    c.started_at,
    c.code_version,
    count(*) AS functions,
    sum(a.oz) / sum(a.value) - 1 AS improvement_over_oz,
    avg(a.cpu_s) AS cpu_s_per_function,
    sum(a.evaluations)::BIGINT AS evaluations
FROM answers AS a
INNER JOIN raw.campaigns AS c ON c.campaign_id = a.campaign_id
GROUP BY ALL
ORDER BY functions DESC, c.started_at, a.campaign_id
LIMIT 40
