-- Why the gate could not conclude on winning pairs, by the first words of its reason.
--
-- reason     the reason up to its colon
-- pairs      verdicts with it
-- functions  functions that they are about
-- example    one of these
SELECT
    regexp_extract(reason, '^[^:]*') AS reason,
    count(*) AS pairs,
    count(DISTINCT function_id) AS functions,
    any_value(function_id ORDER BY function_id) AS example
FROM verdicts
WHERE
    kind = 'function'
    AND verdict = 'inconclusive'
    AND function_id IN (SELECT function_id FROM selection)
GROUP BY 1
ORDER BY pairs DESC, 1
