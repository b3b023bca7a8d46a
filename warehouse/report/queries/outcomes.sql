-- How evaluations ended, strategy by strategy.
SELECT e.strategy, e.outcome, count(*) AS evaluations, sum(e.cpu_us) / 1e6 AS cpu_s
FROM raw.evaluations AS e
SEMI JOIN answers AS a ON a.campaign_id = e.campaign_id
GROUP BY ALL
ORDER BY e.strategy, evaluations DESC, e.outcome
