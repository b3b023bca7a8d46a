-- Lists that methods answered and that are wrong code, by the gate or since opt does not repeat them.
--
-- pass_list  the answer
-- methods    methods that gave it, sorted
-- functions  functions on which it was refused
-- reason     one of the reasons
-- example    one of the functions
SELECT
    answered AS pass_list,
    list_sort(list(DISTINCT method)) AS methods,
    count(DISTINCT function_id) AS functions,
    min(refused) AS reason,
    min(function_id) AS example
FROM judgements
WHERE
    (refused LIKE 'refuted%' OR refused LIKE 'unstable%')
    AND (
        snapshot LIKE 'reference:%'
        OR function_id IN (SELECT function_id FROM selection)
    )
GROUP BY answered
ORDER BY functions DESC, pass_list
