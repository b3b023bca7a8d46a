-- Which passes the best lists are made of: in how many functions' lists, and what share of these.
--
-- pass       the pass as it stands in lists, in its wrapper
-- functions  functions whose best list has it
-- uses       how often it stands in these lists
-- share      functions, of those that some list made smaller than -Oz
WITH winning AS (
    SELECT function_id, pass_list
    FROM best
    WHERE
        objective = 'instructions'
        AND instructions < oz_instructions
        AND selected(function_id)
),

uses AS (
    -- Every pass stands in a wrapper of its own, so a comma always ends one.
    SELECT function_id, unnest(string_split(pass_list, ',')) AS pass
    FROM winning
)

SELECT
    pass,
    count(DISTINCT function_id) AS functions,
    count(*) AS uses,
    count(DISTINCT function_id) / (SELECT count(DISTINCT function_id) FROM winning) AS share
FROM uses
GROUP BY pass
ORDER BY functions DESC, uses DESC, pass
