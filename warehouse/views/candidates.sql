-- One search's answer: its winner or, where the gate refuted that, default<Oz>.
--
-- A pair of function and list is refuted by any such verdict, a list for all functions by one on
-- self-checking programs (no function_id); later verdicts take nothing back. Every search measured
-- default<Oz>, so a refuted row turns into that baseline and the function stays in the table.
WITH refuted_pairs AS (
    SELECT DISTINCT function_id, pass_list, toolchain
    FROM raw.verdicts
    WHERE verdict = 'refuted' AND function_id IS NOT NULL
),

barred_lists AS (
    SELECT DISTINCT pass_list, toolchain
    FROM raw.verdicts
    WHERE verdict = 'refuted' AND function_id IS NULL
),

judged AS (
    SELECT
        w.*,
        w.pass_list <> 'default<Oz>'
        AND (p.pass_list IS NOT NULL OR l.pass_list IS NOT NULL) AS refuted
    FROM raw.winners AS w
    LEFT JOIN refuted_pairs AS p
        ON p.function_id = w.function_id
        AND p.pass_list = w.pass_list
        AND p.toolchain = w.toolchain
    LEFT JOIN barred_lists AS l
        ON l.pass_list = w.pass_list
        AND l.toolchain = w.toolchain
)

SELECT * REPLACE (
    CASE WHEN refuted THEN 'default<Oz>' ELSE pass_list END AS pass_list,
    CASE WHEN refuted THEN 1 ELSE num_passes END AS num_passes,
    CASE WHEN refuted THEN oz_instructions ELSE instructions END AS instructions,
    CASE WHEN refuted THEN oz_object_bytes ELSE object_bytes END AS object_bytes,
    CASE WHEN refuted THEN NULL ELSE optimised_ir END AS optimised_ir,
    CASE WHEN refuted THEN NULL ELSE stable END AS stable
)
FROM judged
