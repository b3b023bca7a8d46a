-- How much of the gain the first lists of a coreset reach, by the coreset's length.
--
-- Over the functions on which every list of the coreset was evaluated: the best of its first lists,
-- -Oz where none beats it, against the best count that any evaluation reached there.
--
-- coreset_id           the coreset
-- lists                how many of its lists, from the first one on
-- pass_list            the last of these
-- functions            functions on which the whole coreset was tried
-- improvement_over_oz  sum(oz) / sum(best of these lists) - 1, a fraction
-- coverage             instructions these lists save, of those that the best evaluations save
-- gain_when_chosen     improvement on the functions that the coreset was chosen on; null if imported
WITH spelled AS (
    SELECT c.coreset_id, c.rank, c.pass_space, c.pass_list, c.gain, c.toolchain, s.place, s.pass
    FROM raw.coresets AS c,
        LATERAL (
            SELECT
                unnest(string_split(c.pass_list, ',')) AS pass,
                generate_subscripts(string_split(c.pass_list, ','), 1) AS place
        ) AS s
    WHERE c.objective = 'instructions'
),

lists AS (
    SELECT
        s.coreset_id,
        s.rank,
        s.pass_space,
        s.pass_list,
        any_value(s.gain) AS gain,
        list(p.pass_id ORDER BY s.place) AS pass_ids
    FROM (SELECT DISTINCT * FROM spelled) AS s
    INNER JOIN (SELECT DISTINCT pass_space, pass_id, text FROM raw.passes) AS p
        ON p.pass_space = s.pass_space AND p.text = s.pass AND p.pass_id IS NOT NULL
    GROUP BY s.coreset_id, s.rank, s.pass_space, s.pass_list
),

lengths AS (
    SELECT coreset_id, count(DISTINCT rank) AS length
    FROM lists
    GROUP BY coreset_id
),

-- Campaigns of other pass spaces number their passes otherwise.
tried AS (
    SELECT l.coreset_id, l.rank, e.function_id, min(e.instructions) AS instructions
    FROM raw.evaluations AS e
    INNER JOIN lists AS l ON l.pass_space = e.pass_space AND l.pass_ids = e.pass_ids
    WHERE e.function_id IN (SELECT function_id FROM selection)
    GROUP BY l.coreset_id, l.rank, e.function_id
),

whole AS (
    SELECT t.coreset_id, t.function_id
    FROM tried AS t
    INNER JOIN lengths AS n ON n.coreset_id = t.coreset_id
    GROUP BY t.coreset_id, t.function_id, n.length
    HAVING count(DISTINCT t.rank) = n.length
),

oz AS (
    SELECT function_id, min(oz_instructions) AS oz_instructions
    FROM raw.winners
    GROUP BY function_id
),

deepest AS (
    SELECT e.function_id, min(e.instructions) AS instructions
    FROM raw.evaluations AS e
    WHERE e.outcome = 'ok' AND e.function_id IN (SELECT function_id FROM whole)
    GROUP BY e.function_id
),

so_far AS (
    SELECT
        t.coreset_id,
        t.rank,
        o.oz_instructions,
        least(o.oz_instructions, d.instructions) AS reachable,
        least(o.oz_instructions, min(t.instructions) OVER (
            PARTITION BY t.coreset_id, t.function_id ORDER BY t.rank
        )) AS instructions
    FROM tried AS t
    INNER JOIN whole AS w ON w.coreset_id = t.coreset_id AND w.function_id = t.function_id
    INNER JOIN oz AS o ON o.function_id = t.function_id
    LEFT JOIN deepest AS d ON d.function_id = t.function_id
)

SELECT
    s.coreset_id,
    s.rank + 1 AS lists,
    any_value(l.pass_list) AS pass_list,
    count(*) AS functions,
    sum(s.oz_instructions) / nullif(sum(s.instructions), 0) - 1 AS improvement_over_oz,
    sum(s.oz_instructions - s.instructions)
    / nullif(sum(s.oz_instructions - s.reachable), 0) AS coverage,
    any_value(l.gain) AS gain_when_chosen
FROM so_far AS s
INNER JOIN (SELECT coreset_id, rank, min(pass_list) AS pass_list, any_value(gain) AS gain
            FROM lists GROUP BY coreset_id, rank) AS l
    ON l.coreset_id = s.coreset_id AND l.rank = s.rank
GROUP BY s.coreset_id, s.rank
ORDER BY s.coreset_id, s.rank
