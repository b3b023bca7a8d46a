-- What is known of the best lists' correctness.
SELECT
    gate,
    count(*) AS functions,
    count(*) / sum(count(*)) OVER () AS share,
    sum(oz - value)::BIGINT AS saved
FROM chosen
GROUP BY gate
ORDER BY functions DESC, gate
