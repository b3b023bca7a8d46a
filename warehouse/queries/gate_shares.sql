-- How far the labels of `best` were checked: functions and instructions saved by the gate's state.
--
-- share: of the labels that beat -Oz; null for same_as_oz, which claims nothing.
--
-- gate                agreed, inconclusive, same_as_oz or not_run
-- functions           functions with such a label
-- share               of the labels that beat -Oz; null for same_as_oz
-- instructions_saved  against -Oz, over these
WITH labels AS (
    SELECT
        gate,
        pass_list <> 'default<Oz>' AS beats_oz,
        oz_instructions - instructions AS saved
    FROM best
    WHERE objective = 'instructions' AND selected(function_id)
)

SELECT
    gate,
    count(*) AS functions,
    CASE
        WHEN bool_or(beats_oz)
            THEN count(*) FILTER (beats_oz) / nullif(sum(count(*) FILTER (beats_oz)) OVER (), 0)
    END AS share,
    sum(saved)::BIGINT AS instructions_saved
FROM labels
GROUP BY gate
ORDER BY functions DESC, gate
