-- What the queries of a report read: one objective and one toolchain, under the same names for both
-- objectives; `answers` has one row per search.
CREATE TEMP TABLE chosen AS
SELECT
    function_id,
    campaign_id,
    toolchain,
    pass_list,
    num_passes,
    strategy,
    gate,
    CASE objective WHEN 'object_bytes' THEN object_bytes ELSE instructions END AS value,
    CASE objective WHEN 'object_bytes' THEN oz_object_bytes ELSE oz_instructions END AS oz,
    CASE objective WHEN 'object_bytes' THEN oz_plain_object_bytes ELSE oz_plain_instructions END
        AS oz_plain
FROM best
WHERE objective = getvariable('objective') AND toolchain = getvariable('toolchain');

CREATE TEMP TABLE answers AS
SELECT
    campaign_id,
    function_id,
    any_value(strategy) AS strategy,
    any_value(objective) AS objective,
    min(CASE objective WHEN 'object_bytes' THEN object_bytes ELSE instructions END) AS value,
    any_value(CASE objective WHEN 'object_bytes' THEN oz_object_bytes ELSE oz_instructions END)
        AS oz,
    -- A later row of the same search counts from its start.
    max(evaluations) AS evaluations,
    max(cpu_s) AS cpu_s
FROM candidates
WHERE objective = getvariable('objective') AND toolchain = getvariable('toolchain')
GROUP BY campaign_id, function_id;

CREATE TEMP TABLE steps AS
SELECT unnest([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000]) AS lists;
