-- How many files of each program compiled, by suffix; files without a function count nowhere.
--
-- origin          kind of source
-- program         the program; random ones together under their origin
-- suffix          of the file's name
-- files           files with functions, or lost before there were any
-- compiled        those with functions
-- compiled_share  compiled, of files
WITH files AS (
    SELECT origin, program, version, source_file, max(found) AS found
    FROM (
        SELECT origin, program, version, source_file, true AS found FROM occurrences
        UNION ALL
        SELECT origin, program, version, source_file, false AS found
        FROM losses
        WHERE stage IN ('generate', 'read', 'compile', 'prepare')
    )
    GROUP BY ALL
)
SELECT
    origin,
    CASE WHEN origin IN ('csmith', 'yarpgen') THEN origin ELSE program END AS program,
    regexp_extract(source_file, '\.([^./]+)$', 1) AS suffix,
    count(*) AS files,
    count(*) FILTER (found) AS compiled,
    count(*) FILTER (found) / count(*) AS compiled_share
FROM files
GROUP BY ALL
ORDER BY origin, program, suffix
