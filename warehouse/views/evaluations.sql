-- One evaluation, with its pass list as text; null where the lake does not know its pass space.
SELECT
    campaign_id,
    function_id,
    ordinal,
    pass_list_of(pass_space, pass_ids) AS pass_list,
    outcome,
    instructions,
    object_bytes,
    state_hash,
    strategy,
    cpu_us,
    pass_space,
    pass_ids,
    task_id
FROM raw.evaluations
