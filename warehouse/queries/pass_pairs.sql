-- Which passes win together: pairs in the best lists, and whether they meet more often than chance.
--
-- lift is P(both) / (P(first) P(second)) over the functions that some list made smaller than -Oz:
-- above 1 the two seek each other. The order counts functions by the pass that stands first, so
-- first_before of 9 and second_before of 1 says that nine lists in ten have it in that order.
--
-- first          one pass, the first by name
-- second         the other
-- functions      functions whose best list has both
-- lift           how many times as often as if they were independent
-- first_before   functions in whose list the first one stands (first) before the second
-- second_before  the other way round
WITH winning AS (
    SELECT function_id, any_value(pass_list ORDER BY instructions, pass_list) AS pass_list
    FROM best
    WHERE
        objective = 'instructions'
        AND instructions < oz_instructions
        AND selected(function_id)
    GROUP BY function_id
),

uses AS (
    SELECT function_id, pass, min(place) AS place
    FROM (
        SELECT
            function_id,
            unnest(string_split(pass_list, ',')) AS pass,
            generate_subscripts(string_split(pass_list, ','), 1) AS place
        FROM winning
    )
    GROUP BY function_id, pass
),

singles AS (
    SELECT pass, count(*) AS functions
    FROM uses
    GROUP BY pass
)

SELECT
    a.pass AS first,
    b.pass AS second,
    count(*) AS functions,
    count(*) * (SELECT count(*) FROM winning)
    / (any_value(one.functions) * any_value(two.functions)) AS lift,
    count(*) FILTER (a.place < b.place) AS first_before,
    count(*) FILTER (a.place > b.place) AS second_before
FROM uses AS a
INNER JOIN uses AS b ON b.function_id = a.function_id AND b.pass > a.pass
INNER JOIN singles AS one ON one.pass = a.pass
INNER JOIN singles AS two ON two.pass = b.pass
GROUP BY a.pass, b.pass
ORDER BY functions DESC, lift DESC, first, second
