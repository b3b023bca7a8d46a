"""Errors of the trainer floor."""

from warehouse.errors import PasslakeError


class TrainerError(PasslakeError):
    """Base of the trainer floor."""


class BadRecipe(TrainerError, ValueError):
    """There is no such recipe, or its values do not go together."""


class NoLabels(TrainerError, ValueError):
    """The data to learn from has no function with a best list."""


class BadSample(TrainerError, ValueError):
    """A text is no sample, or a record cannot be written as one."""


class BadAnswer(BadSample):
    """What was said of a function is no answer."""


class BadShards(TrainerError, ValueError):
    """Tokenised data is damaged, or was not made for what it is to be used with."""


class BadTokenizer(TrainerError, ValueError):
    """A tokenizer is damaged, or is not the one that data or model were made with."""


class UnknownPass(TrainerError, ValueError):
    """A list has a pass that the tokenizer has no token for."""


class BadCheckpoint(TrainerError, ValueError):
    """A checkpoint is damaged, incomplete, or of another recipe."""


class ModelMissing(TrainerError, ValueError):
    """There is no such model."""


class NoRoom(TrainerError, OSError):
    """The disk does not take it; what was there before is as it was."""


class TrainingFailed(TrainerError, RuntimeError):
    """Training cannot go on: the loss is not finite, or a process of it died."""


class BadMethod(TrainerError, ValueError):
    """There is no method of this name to judge."""


class JudgingFailed(TrainerError, RuntimeError):
    """Figures that cannot be true: the oracle was beaten, or -Oz is not -Oz."""


class BadDecoding(TrainerError, ValueError):
    """Lists cannot be decoded in the way that was asked for."""


class ServerRefused(TrainerError, ValueError):
    """A server does not serve what it is asked for, or says something else than its protocol."""


class ServerUnreachable(TrainerError, OSError):
    """A server does not answer."""


class NoPredictions(TrainerError, ValueError):
    """The lake has no answers of a model that could be looked at."""
