-- Which passes stand in lists that fail: crashes, time-outs, memory, invalid results, by pass.
--
-- A list that fails counts for every pass in it, so an innocent pass has the share of all lists;
-- lift says how many times as often as these the pass's lists fail.
--
-- pass           the pass as it stands in lists, in its wrapper
-- lists          evaluated lists that have it
-- crashed        of these, LLVM died
-- timed_out      did not end in time
-- out_of_memory  needed more memory than it may
-- rejected       LLVM did not take the list's text
-- invalid        the verifier, changed symbols or an emptied body
-- share          lists that failed, of its lists
-- lift           share, divided by that of all lists
WITH uses AS (
    SELECT
        pass_space,
        outcome,
        pass_ids,
        unnest(pass_ids) AS pass_id,
        generate_subscripts(pass_ids, 1) AS place
    FROM raw.evaluations
    WHERE selected(function_id)
),

-- Where a pass stands first in its list; list_distinct would take three times as long.
lists AS (
    SELECT pass_space, pass_id, outcome, count(*) AS lists
    FROM uses
    WHERE list_position(pass_ids, pass_id) = place
    GROUP BY pass_space, pass_id, outcome
),

counted AS (
    SELECT
        pass_space,
        pass_id,
        sum(lists) AS lists,
        coalesce(sum(lists) FILTER (outcome = 'crashed'), 0) AS crashed,
        coalesce(sum(lists) FILTER (outcome = 'timed_out'), 0) AS timed_out,
        coalesce(sum(lists) FILTER (outcome = 'out_of_memory'), 0) AS out_of_memory,
        coalesce(sum(lists) FILTER (outcome = 'rejected'), 0) AS rejected,
        coalesce(sum(lists) FILTER (outcome = 'invalid'), 0) AS invalid
    FROM lists
    GROUP BY pass_space, pass_id
),

overall AS (
    SELECT count(*) FILTER (outcome <> 'ok') / count(*) AS share
    FROM raw.evaluations
    WHERE selected(function_id)
)

SELECT
    p.text AS pass,
    sum(lists)::BIGINT AS lists,
    sum(crashed)::BIGINT AS crashed,
    sum(timed_out)::BIGINT AS timed_out,
    sum(out_of_memory)::BIGINT AS out_of_memory,
    sum(rejected)::BIGINT AS rejected,
    sum(invalid)::BIGINT AS invalid,
    sum(crashed + timed_out + out_of_memory + rejected + invalid) / sum(lists) AS share,
    sum(crashed + timed_out + out_of_memory + rejected + invalid) / sum(lists)
    / nullif((SELECT o.share FROM overall AS o), 0) AS lift
FROM counted AS c
INNER JOIN raw.passes AS p ON p.pass_space = c.pass_space AND p.pass_id = c.pass_id
GROUP BY p.text
ORDER BY share DESC, lists DESC, pass
