-- The best list that is known: one row per function, objective and toolchain that was searched.
--
-- The lowest value of the objective wins; then fewer passes, then the text, then a list that a
-- search answered before one that stands in for a refuted one, then the campaign's id.
WITH latest_verdicts AS (
    SELECT
        function_id,
        pass_list,
        toolchain,
        arg_max(verdict, (decided_at, verdict_id)) AS verdict
    FROM raw.verdicts
    WHERE function_id IS NOT NULL
    GROUP BY ALL
),

best_candidates AS (
    SELECT *
    FROM candidates
    QUALIFY row_number() OVER (
        PARTITION BY function_id, objective, toolchain
        ORDER BY
            CASE objective WHEN 'object_bytes' THEN object_bytes ELSE instructions END,
            num_passes,
            pass_list,
            refuted,
            campaign_id,
            compilations
    ) = 1
)

SELECT
    b.function_id,
    b.objective,
    b.campaign_id,
    b.toolchain,
    b.pass_list,
    b.num_passes,
    b.instructions,
    b.oz_instructions,
    b.oz_plain_instructions,
    b.object_bytes,
    b.oz_object_bytes,
    b.oz_plain_object_bytes,
    b.optimised_ir,
    b.strategy,
    b.evaluations,
    b.compilations,
    b.cpu_s,
    b.stable,
    CASE
        WHEN b.pass_list = 'default<Oz>' THEN 'same_as_oz'
        ELSE coalesce(v.verdict, 'not_run')
    END AS gate,
    b.pass_space,
    b.seed,
    b.code_version
FROM best_candidates AS b
LEFT JOIN latest_verdicts AS v
    ON v.function_id = b.function_id
    AND v.pass_list = b.pass_list
    AND v.toolchain = b.toolchain
