"""Floor 4: samples, tokenizer, model, loop, decoding, judging."""
