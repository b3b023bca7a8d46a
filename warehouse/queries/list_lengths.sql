-- How long the best lists are, and what lists of each length save.
--
-- num_passes          passes in the best list
-- functions           functions whose best list is so long, of those smaller than -Oz
-- share               functions, of all of these
-- with_level          functions whose list has an -O level in it
-- instructions_saved  against -Oz, summed
WITH winning AS (
    SELECT *
    FROM best
    WHERE
        objective = 'instructions'
        AND instructions < oz_instructions
        AND selected(function_id)
)

SELECT
    num_passes,
    count(*) AS functions,
    count(*) / sum(count(*)) OVER () AS share,
    count(*) FILTER (pass_list LIKE '%default<O%') AS with_level,
    sum(oz_instructions - instructions)::BIGINT AS instructions_saved
FROM winning
GROUP BY num_passes
ORDER BY num_passes
