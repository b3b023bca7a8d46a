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

oz AS (
    SELECT function_id, min(oz_instructions) AS oz_instructions
    FROM raw.winners
    GROUP BY function_id
),

-- Campaigns of other pass spaces number their passes otherwise. A row for each function, and the
-- lists it was tried with as bits of a word: one for each of its lists would be as many rows as the
-- evaluations of a campaign that begins with them. Only what beats -Oz can be the best so far.
tried AS (
    SELECT
        l.coreset_id,
        e.function_id,
        l.rank // 60 AS word,
        bit_or(1::BIGINT << (l.rank % 60)::BIGINT) AS ranks,
        any_value(o.oz_instructions) AS oz_instructions,
        list({'rank': l.rank, 'instructions': e.instructions})
            FILTER (e.instructions < o.oz_instructions) AS better
    FROM raw.evaluations AS e
    INNER JOIN lists AS l ON l.pass_space = e.pass_space AND l.pass_ids = e.pass_ids
    INNER JOIN oz AS o ON o.function_id = e.function_id
    WHERE selected(e.function_id)
    GROUP BY l.coreset_id, e.function_id, word
),

deepest AS (
    SELECT function_id, min(instructions) AS instructions
    FROM raw.evaluations
    WHERE outcome = 'ok' AND selected(function_id)
    GROUP BY function_id
),

whole AS (
    SELECT
        t.coreset_id,
        t.function_id,
        any_value(t.oz_instructions) AS oz_instructions,
        least(any_value(t.oz_instructions), any_value(d.instructions)) AS reachable,
        flatten(list(t.better)) AS better
    FROM tried AS t
    INNER JOIN lengths AS n ON n.coreset_id = t.coreset_id
    LEFT JOIN deepest AS d ON d.function_id = t.function_id
    GROUP BY t.coreset_id, t.function_id, n.length
    HAVING sum(bit_count(t.ranks)) = n.length
),

totals AS (
    SELECT
        coreset_id,
        count(*) AS functions,
        sum(oz_instructions) AS oz_instructions,
        sum(oz_instructions - reachable) AS reachable
    FROM whole
    GROUP BY coreset_id
),

better AS (
    SELECT coreset_id, function_id, oz_instructions, unnest(better, recursive := true)
    FROM whole
),

steps AS (
    SELECT
        coreset_id,
        rank,
        instructions,
        least(oz_instructions, min(instructions) OVER (
            PARTITION BY coreset_id, function_id
            ORDER BY rank
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )) AS before
    FROM better
),

gains AS (
    SELECT coreset_id, rank, sum(greatest(before - instructions, 0)) AS saved
    FROM steps
    GROUP BY coreset_id, rank
),

so_far AS (
    SELECT
        l.coreset_id,
        l.rank,
        l.pass_list,
        l.gain,
        coalesce(sum(g.saved) OVER (PARTITION BY l.coreset_id ORDER BY l.rank), 0) AS saved
    FROM (
        SELECT coreset_id, rank, min(pass_list) AS pass_list, any_value(gain) AS gain
        FROM lists
        GROUP BY coreset_id, rank
    ) AS l
    LEFT JOIN gains AS g ON g.coreset_id = l.coreset_id AND g.rank = l.rank
)

SELECT
    s.coreset_id,
    s.rank + 1 AS lists,
    s.pass_list,
    t.functions,
    t.oz_instructions / nullif(t.oz_instructions - s.saved, 0) - 1 AS improvement_over_oz,
    s.saved / nullif(t.reachable, 0) AS coverage,
    s.gain AS gain_when_chosen
FROM so_far AS s
INNER JOIN totals AS t ON t.coreset_id = s.coreset_id
ORDER BY s.coreset_id, s.rank
