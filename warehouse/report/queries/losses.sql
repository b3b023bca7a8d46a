-- What did not become functions, by the stage at which it was lost.
SELECT stage, sum("count")::BIGINT AS losses, count(DISTINCT program) AS programs
FROM raw.losses
GROUP BY stage
ORDER BY losses DESC, stage
LIMIT 20
