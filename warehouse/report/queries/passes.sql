-- The thirty passes that most winning lists contain.
WITH uses AS (
    -- Every pass stands in a wrapper of its own, so a comma always ends one.
    SELECT function_id, unnest(string_split(pass_list, ',')) AS pass
    FROM chosen
    WHERE value < oz
)

SELECT
    pass,
    count(DISTINCT function_id) AS functions,
    count(*) AS uses,
    count(DISTINCT function_id) / (SELECT count(*) FROM chosen WHERE value < oz) AS share
FROM uses
GROUP BY pass
ORDER BY functions DESC, uses DESC, pass
LIMIT 30
