-- How many functions the best list makes smaller, by how much: classes of 5 % of -Oz's size.
SELECT
    (least(floor(20.0 * (oz - value) / oz), 19) * 5)::INTEGER AS percent,
    count(*) AS functions,
    sum(oz - value)::BIGINT AS saved
FROM chosen
WHERE value < oz
GROUP BY percent
ORDER BY percent
