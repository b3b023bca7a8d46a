-- What the judge has said of each method: the published columns, on unseen functions.
--
-- improvement_over_X = sum(X) / sum(method) - 1, pooled. With backup: -Oz compiled too where the
-- answer is another list, and the smaller of both taken. A refused answer counts as -Oz.
--
-- snapshot                 whose functions were judged; reference:DATE for the deep reference's
-- method                   a method of passlake judge
-- model_id                 models.model_id; empty for a method that learned nothing
-- functions                functions that it answered
-- improvement_over_oz      sum(oz) / sum(method) - 1, a fraction
-- improvement_with_backup  the same, where -Oz is compiled too
-- improvement_over_oz_plain  sum(oz_plain) / sum(method) - 1
-- improvement_in_bytes     sum(oz) / sum(method) - 1 of object bytes
-- functions_improved       smaller than -Oz
-- functions_regressed      larger than -Oz
-- instructions_saved       summed over the former
-- instructions_regressed   summed over the latter
-- refused                  answers that count as -Oz: failed, did not repeat or are wrong code
-- wrong_code               of these, refuted by the gate, or not the same twice
-- agreed                   of the improved, agreed by executing the function before and after
-- compilations             lists compiled for one answer, on average
-- backup_compilations      answers that were not -Oz itself, each one more compilation with backup
-- cpu_s                    CPU seconds of one answer, on average
WITH answers AS (
    SELECT *
    FROM judgements
    WHERE
        snapshot LIKE 'reference:%'
        OR function_id IN (SELECT function_id FROM selection)
    QUALIFY row_number() OVER (
        PARTITION BY snapshot, method, model_id, function_id, toolchain ORDER BY task_id
    ) = 1
)

SELECT
    snapshot,
    method,
    model_id,
    count(*) AS functions,
    sum(oz_instructions) / sum(instructions) - 1 AS improvement_over_oz,
    sum(oz_instructions) / sum(least(instructions, oz_instructions)) - 1
        AS improvement_with_backup,
    sum(oz_plain_instructions) / sum(instructions) - 1 AS improvement_over_oz_plain,
    sum(oz_object_bytes) / sum(object_bytes) - 1 AS improvement_in_bytes,
    count(*) FILTER (instructions < oz_instructions) AS functions_improved,
    count(*) FILTER (instructions > oz_instructions) AS functions_regressed,
    sum(greatest(oz_instructions - instructions, 0))::BIGINT AS instructions_saved,
    sum(greatest(instructions - oz_instructions, 0))::BIGINT AS instructions_regressed,
    count(refused) AS refused,
    count(*) FILTER (refused LIKE 'refuted%' OR refused LIKE 'unstable%') AS wrong_code,
    count(*) FILTER (refused IS NULL AND gate = 'agreed') AS agreed,
    sum(compilations) / count(*) AS compilations,
    count(*) FILTER (coalesce(answered, pass_list) <> 'default<Oz>') AS backup_compilations,
    sum(cpu_s) / count(*) AS cpu_s
FROM answers
GROUP BY snapshot, method, model_id
ORDER BY snapshot, improvement_over_oz DESC, method, model_id
