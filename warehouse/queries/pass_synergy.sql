-- Which two passes do more together than each alone, over all lists that were tried.
--
-- The effect of a pass is by how much the lists with it differ from the function's other lists, in
-- shares of -Oz's count: below 0 they are smaller. synergy is the effect of both less the effects
-- of the two: below 0 they help each other, above 0 they do each other's work. An association, not
-- an experiment: strategies put passes where they helped before. At most 500 functions are looked
-- at, drawn by their hash; pairs in fewer than 30 lists are left out.
--
-- first          one pass, by number of its pass space
-- second         the other
-- lists          lists that have both
-- effect_first   mean difference of lists with the first, in shares of -Oz
-- effect_second  the same of the second
-- effect_both    the same of lists with both
-- synergy        effect_both - effect_first - effect_second
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

-- The same list twice in one function is one list.
tried AS (
    SELECT DISTINCT e.function_id, e.pass_space, e.pass_ids, e.instructions / o.oz_instructions AS size
    FROM raw.evaluations AS e
    INNER JOIN oz AS o ON o.function_id = e.function_id
    WHERE e.outcome = 'ok'
),

lists AS (
    SELECT
        row_number() OVER () AS list,
        pass_space,
        list_distinct(pass_ids) AS ids,
        size - avg(size) OVER (PARTITION BY function_id) AS difference
    FROM tried
),

uses AS (
    SELECT list, pass_space, unnest(ids) AS pass_id, difference
    FROM lists
),

singles AS (
    SELECT pass_space, pass_id, avg(difference) AS effect
    FROM uses
    GROUP BY pass_space, pass_id
),

pairs AS (
    SELECT
        a.pass_space,
        a.pass_id AS a_id,
        b.pass_id AS b_id,
        count(*) AS lists,
        avg(a.difference) AS effect
    FROM uses AS a
    INNER JOIN uses AS b ON b.list = a.list AND b.pass_id > a.pass_id
    GROUP BY a.pass_space, a.pass_id, b.pass_id
    HAVING count(*) >= 30
)

SELECT
    one.text AS first,
    two.text AS second,
    p.lists,
    a.effect AS effect_first,
    b.effect AS effect_second,
    p.effect AS effect_both,
    p.effect - a.effect - b.effect AS synergy
FROM pairs AS p
INNER JOIN singles AS a ON a.pass_space = p.pass_space AND a.pass_id = p.a_id
INNER JOIN singles AS b ON b.pass_space = p.pass_space AND b.pass_id = p.b_id
INNER JOIN raw.passes AS one ON one.pass_space = p.pass_space AND one.pass_id = p.a_id
INNER JOIN raw.passes AS two ON two.pass_space = p.pass_space AND two.pass_id = p.b_id
ORDER BY synergy, lists DESC, first, second
