-- How the evaluations ended, how often, and the CPU time they took.
--
-- outcome      how an evaluation ended
-- evaluations  how often
-- share        of all evaluations
-- cpu_s        CPU seconds of what was run for them
SELECT
    outcome,
    count(*) AS evaluations,
    count(*) / sum(count(*)) OVER () AS share,
    sum(cpu_us) / 1e6 AS cpu_s
FROM raw.evaluations
WHERE selected(function_id)
GROUP BY outcome
ORDER BY evaluations DESC, outcome
