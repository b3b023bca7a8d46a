-- Every judgement of the gate, counted.
SELECT kind, verdict, count(*) AS verdicts, count(DISTINCT pass_list) AS pass_lists
FROM raw.verdicts
GROUP BY ALL
ORDER BY kind, verdicts DESC, verdict
