-- Whether fewer instructions are fewer bytes: the best lists by what they do to both.
--
-- instructions        fewer, same or more than after -Oz
-- bytes               fewer, same or more of the object than after -Oz
-- functions           functions whose best list by instructions does so
-- instructions_saved  against -Oz, summed; below 0 is a loss
-- bytes_saved         against -Oz, summed; below 0 is a loss
SELECT
    CASE sign(b.oz_instructions - b.instructions)
        WHEN 1 THEN 'fewer' WHEN 0 THEN 'same' ELSE 'more'
    END AS instructions,
    CASE sign(b.oz_object_bytes - b.object_bytes)
        WHEN 1 THEN 'fewer' WHEN 0 THEN 'same' ELSE 'more'
    END AS bytes,
    count(*) AS functions,
    sum(b.oz_instructions - b.instructions)::BIGINT AS instructions_saved,
    sum(b.oz_object_bytes - b.object_bytes)::BIGINT AS bytes_saved
FROM best AS b
WHERE b.objective = 'instructions' AND selected(b.function_id)
GROUP BY 1, 2
ORDER BY functions DESC, 1, 2
