-- One judgement of the gate. A list that many searches found is judged once in each of their tasks;
-- equal judgements of the same gate have one id, and the first row stands for them.
SELECT *
FROM raw.verdicts
QUALIFY row_number() OVER (PARTITION BY verdict_id ORDER BY decided_at, task_id) = 1
