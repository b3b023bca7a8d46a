-- Of the fourteen most used passes: in how many winning lists one stands anywhere before another.
WITH lists AS (
    SELECT function_id, string_split(pass_list, ',') AS passes
    FROM chosen
    WHERE value < oz
),

placed AS (
    SELECT function_id, unnest(passes) AS pass, generate_subscripts(passes, 1) AS place
    FROM lists
),

top AS (
    SELECT pass, row_number() OVER (ORDER BY count(DISTINCT function_id) DESC, pass) AS rank
    FROM placed
    GROUP BY pass
    QUALIFY rank <= 14
),

edges AS (
    SELECT p.function_id, p.pass, t.rank, min(p.place) AS first_at, max(p.place) AS last_at
    FROM placed AS p
    INNER JOIN top AS t ON t.pass = p.pass
    GROUP BY ALL
)

SELECT
    a.pass AS earlier,
    b.pass AS later,
    a.rank AS earlier_rank,
    b.rank AS later_rank,
    count(*) AS functions
FROM edges AS a
INNER JOIN edges AS b ON b.function_id = a.function_id AND a.first_at < b.last_at
GROUP BY ALL
ORDER BY a.rank, b.rank
