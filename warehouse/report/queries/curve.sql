-- What a strategy had found after so many lists (its best or -Oz), pooled; as asked, unconfirmed.
--
-- A function whose search ended earlier stays at what it had. `one_in` functions are looked at, so
-- that a large lake answers in seconds.
WITH reached AS (
    SELECT
        e.campaign_id,
        e.function_id,
        s.lists,
        min(CASE a.objective WHEN 'object_bytes' THEN e.object_bytes ELSE e.instructions END) AS value
    FROM raw.evaluations AS e
    INNER JOIN answers AS a ON a.campaign_id = e.campaign_id AND a.function_id = e.function_id
    INNER JOIN steps AS s ON s.lists > e.ordinal
    WHERE e.outcome = 'ok' AND hash(e.function_id) % getvariable('one_in') = 0
    GROUP BY ALL
),

asked AS (
    SELECT strategy, max(evaluations) AS most
    FROM answers
    GROUP BY strategy
)

SELECT
    a.strategy,
    s.lists,
    count(*) AS functions,
    sum(a.oz) / sum(least(a.oz, coalesce(r.value, a.oz))) - 1 AS improvement_over_oz
FROM answers AS a
CROSS JOIN steps AS s
INNER JOIN asked ON asked.strategy = a.strategy AND s.lists < 2 * asked.most
LEFT JOIN reached AS r
    ON r.campaign_id = a.campaign_id AND r.function_id = a.function_id AND r.lists = s.lists
WHERE hash(a.function_id) % getvariable('one_in') = 0
GROUP BY ALL
ORDER BY a.strategy, s.lists
