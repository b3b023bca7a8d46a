"""How answers are judged: tasks, what counts, what was learned for it, figures."""
