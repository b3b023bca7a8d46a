-- Which passes the gate's findings point at: what they broke, and what does not repeat with them.
--
-- culprit_of: lists that programs refute and whose shortest refuted part ends in the pass; programs:
-- how many different ones it broke so. pairs_judged, pairs_refuted: lists with the pass that were
-- executed on a function, and how many of these were refuted there. unstable: pairs whose count
-- processes of opt do not repeat. A pass is counted once per list, wherever it stands in it.
--
-- pass           the pass in its wrapper
-- culprit_of     lists whose shortest refuted part ends in it
-- programs       programs that it broke so
-- pairs_judged   lists with it that were executed on a function
-- pairs_refuted  those that were refuted there
-- unstable       pairs with it whose count does not repeat
WITH culprits AS (
    SELECT
        guilty[-1] AS pass,
        count(DISTINCT pass_list) AS culprit_of,
        count(DISTINCT program) AS programs
    FROM (
        SELECT
            pass_list,
            guilty,
            unnest(programs) AS program
        FROM verdicts
        WHERE kind = 'programs' AND verdict = 'refuted' AND len(guilty) > 0
    )
    GROUP BY pass
),

pairs AS (
    SELECT
        kind,
        verdict,
        unnest(list_distinct(string_split(pass_list, ','))) AS pass
    FROM verdicts
    WHERE
        kind IN ('function', 'stability')
        AND function_id IN (SELECT function_id FROM selection)
),

counted AS (
    SELECT
        pass,
        count(*) FILTER (kind = 'function' AND verdict <> 'inconclusive') AS pairs_judged,
        count(*) FILTER (kind = 'function' AND verdict = 'refuted') AS pairs_refuted,
        count(*) FILTER (kind = 'stability') AS unstable
    FROM pairs
    GROUP BY pass
)

SELECT
    pass,
    coalesce(c.culprit_of, 0) AS culprit_of,
    coalesce(c.programs, 0) AS programs,
    coalesce(n.pairs_judged, 0) AS pairs_judged,
    coalesce(n.pairs_refuted, 0) AS pairs_refuted,
    coalesce(n.unstable, 0) AS unstable
FROM culprits AS c
FULL JOIN counted AS n USING (pass)
WHERE c.culprit_of > 0 OR n.pairs_refuted > 0 OR n.unstable > 0
ORDER BY programs DESC, pairs_refuted DESC, unstable DESC, pass
