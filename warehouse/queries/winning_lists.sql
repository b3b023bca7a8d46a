-- The winning lists of the functions, those that save most object bytes first.
--
-- pass_list           the list
-- functions           functions whose best list it is
-- bytes_saved         against -Oz, over these
-- instructions_saved  against -Oz, over these
SELECT
    pass_list,
    count(*) AS functions,
    sum(oz_object_bytes - object_bytes) AS bytes_saved,
    sum(oz_instructions - instructions) AS instructions_saved
FROM best
WHERE gate <> 'same_as_oz' AND selected(function_id)
GROUP BY pass_list
ORDER BY bytes_saved DESC, instructions_saved DESC, pass_list;
