-- Which neighbours should stand in which order: lists with A just before B against B just before A.
--
-- The size of a list is seen against the mean of its function's lists, in shares of -Oz's count, so
-- that easy functions weigh no more. Only pairs of which both orders were tried, 20 times each at
-- least; at most 500 functions are looked at, drawn by their hash.
--
-- first          the pass that should stand first
-- second         the pass that should follow it
-- lists          lists with these neighbours in this order
-- lists_turned   lists with them the other way round
-- effect         mean difference of the former, in shares of -Oz; below 0 is smaller
-- effect_turned  the same of the latter
-- order_effect   effect_turned - effect: what the better order saves
WITH drawn AS (
    SELECT function_id
    FROM selection
    ORDER BY md5(function_id)
    LIMIT 500
),

oz AS (
    SELECT function_id, min(oz_instructions) AS oz_instructions
    FROM raw.winners
    WHERE function_id IN (SELECT function_id FROM drawn)
    GROUP BY function_id
    HAVING min(oz_instructions) > 0
),

tried AS (
    SELECT DISTINCT e.function_id, e.pass_space, e.pass_ids, e.instructions / o.oz_instructions AS size
    FROM raw.evaluations AS e
    INNER JOIN oz AS o ON o.function_id = e.function_id
    WHERE e.outcome = 'ok'
),

centred AS (
    SELECT
        pass_space,
        pass_ids,
        size - avg(size) OVER (PARTITION BY function_id) AS difference
    FROM tried
),

neighbours AS (
    SELECT
        pass_space,
        unnest(list_distinct(list_zip(pass_ids[:-2], pass_ids[2:]))) AS pair,
        difference
    FROM centred
    WHERE len(pass_ids) > 1
),

pairs AS (
    SELECT
        pass_space,
        pair[1] AS a_id,
        pair[2] AS b_id,
        count(*) AS lists,
        avg(difference) AS effect
    FROM neighbours
    WHERE pair[1] <> pair[2]
    GROUP BY pass_space, pair[1], pair[2]
    HAVING count(*) >= 20
)

SELECT
    one.text AS first,
    two.text AS second,
    p.lists,
    t.lists AS lists_turned,
    p.effect,
    t.effect AS effect_turned,
    t.effect - p.effect AS order_effect
FROM pairs AS p
INNER JOIN pairs AS t
    ON t.pass_space = p.pass_space AND t.a_id = p.b_id AND t.b_id = p.a_id AND p.effect < t.effect
INNER JOIN raw.passes AS one ON one.pass_space = p.pass_space AND one.pass_id = p.a_id
INNER JOIN raw.passes AS two ON two.pass_space = p.pass_space AND two.pass_id = p.b_id
ORDER BY order_effect DESC, first, second
