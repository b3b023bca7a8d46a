-- Under which toolchains and pass spaces functions were searched, and by which code.
SELECT
    toolchain,
    pass_space,
    code_version,
    count(DISTINCT function_id) AS functions,
    count(DISTINCT campaign_id) AS campaigns
FROM raw.winners
WHERE objective = getvariable('objective')
GROUP BY ALL
ORDER BY functions DESC, toolchain, pass_space, code_version
LIMIT 20
