"""Methods of published work and honest simple ones, trained on the training split alone."""
