"""The card of a trained model: what it is, from what, how good, and what may be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_CARD: Final = """\
---
library_name: transformers
pipeline_tag: text-generation
tags: [llvm, compiler, code-size]
---

# {name} {model_id}

Reads the unoptimised LLVM IR of one function and names the list of passes for `opt` that makes it
smallest, with instruction counts before and after and the optimised IR where the recipe asks for
them.

| | |
|---|---|
| recipe | `{name}` |
| snapshot | {snapshot} |
| objective | {objective} |
| parameters | {parameters:,} |
| shape | {layers} layers, {heads} heads, width {width}, context {context} |
| steps | {step:,} of {steps:,} |
| tokens seen | {tokens:,} |
| seed | {seed} |
| begun from | {begun_from} |
| code | {code_version} |

{taught}## Results

{results}

## Use

    passlake predict --model THIS_FOLDER

It opens in plain transformers, too (`AutoModelForCausalLM`, `AutoTokenizer`). A prompt is a
function's text, normalised as in the snapshot, and the mark `<|passes|>`; passes are tokens of
their own, and the first token that is none ends the list. What a list does is for a compiler to
say: apply it, verify the module, and compare with `-Oz`.

## Licence

The weights were learned from functions of the snapshot, which are under their authors' licences;
the export of the snapshot lists them. Passlake itself, which wrote this folder, is under
Apache-2.0.
"""

_MOST_LISTS: Final = 10

_TAUGHT: Final = """\
## Lists it was taught

{functions:,} functions, of which {better_than_oz:,} with a list that beats `-Oz`. {lists:,} lists,
the commonest:

| functions | list |
|---|---|
{rows}

"""

_LOSSES: Final = """\
On functions of programs that were not trained on (valid split), nats per token:

| | answer | all |
|---|---|---|
{rows}
"""

_LISTS: Final = """
Greedy lists for {functions} such functions, measured: improvement over -Oz
{improvement_over_oz:.4f} (pooled), where the best lists known have {best_improvement_over_oz:.4f};
{failed} lists failed and count as -Oz.
"""


_PASSES: Final = """
Single passes on {functions} such functions: {compiles:.3f} of what it writes compile, {exact:.3f}
are exactly LLVM's, BLEU {bleu:.3f} (copying the function: {bleu_of_copying:.3f}).

| pass | functions | compile | exact | BLEU |
|---|---|---|---|---|
{rows}
"""


def card(info: Mapping[str, Any]) -> str:
    """The text of README.md, with the front matter that model hubs read."""
    recipe = info["recipe"]
    return _CARD.format(
        **{key: info[key] for key in ("model_id", "snapshot", "parameters", "step", "tokens")},
        **{key: info[key] for key in ("seed", "code_version")},
        **{key: recipe["shape"][key] for key in ("layers", "heads", "width", "context")},
        name=recipe["name"],
        objective=recipe["objective"],
        steps=recipe["schedule"]["steps"],
        begun_from=info.get("begun_from") or "random weights",
        taught=_taught((info.get("results") or {}).get("taught")),
        results=_results(info.get("results") or {}),
    )


def _taught(taught: Mapping[str, Any] | None) -> str:
    if not taught:
        return ""
    rows = "\n".join(f"| {count:,} | `{one}` |" for one, count in taught["named"][:_MOST_LISTS])
    return _TAUGHT.format(**{**taught, "rows": rows})


def _results(results: Mapping[str, Any]) -> str:
    if "held_out" not in results:
        return "None yet: training goes on."
    rows = [
        f"| {name} | {row['answer']:.4f} | {row['all']:.4f} |"
        for name, row in results["held_out"].items()
    ]
    losses = _LOSSES.format(rows="\n".join(rows))
    lists, passes = results.get("lists"), results.get("passes")
    if passes:
        scores = "\n".join(
            f"| `{one['pass_text']}` | {one['functions']} | {one['compiles']:.2f}"
            f" | {one['exact']:.2f} | {one['bleu']:.3f} |"
            for one in passes["by_pass"]
            if one["functions"]
        )
        return losses + _PASSES.format(**{**passes, "rows": scores})
    if lists is None:
        return losses + f"\nLists were not measured: {results['lists_not_measured']}."
    return losses + _LISTS.format(**lists)
