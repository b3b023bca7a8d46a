"""The size attributes, put into the text that clang printed.

`Session.prepare` has LLVM parse a module, set `minsize optsize` on every definition, take `optnone`
and `noinline` off, and print it again. For what clang has just printed that is a third of clang's
own time, spent to change a handful of attribute groups. Here the groups are changed in the text;
where the text holds more to be done than that, LLVM does it.
"""

import re
from dataclasses import replace

from corpus.module_text import TOKEN, Entity, Kind, ModuleText

_WANTED = ("minsize", "optsize")
_UNWANTED = frozenset({"noinline", "optnone"})
_SIZED_FROM = 1 << 24
"""Groups of definitions get numbers above this: calls and declarations may use the old ones."""

_DEBUG_INFO = "!llvm.dbg.cu"
_GROUP = re.compile(r" (#[0-9]+)(?= )")


def with_size_attributes(module: ModuleText) -> ModuleText | None:
    """The module as LLVM would have prepared it, up to the numbers of groups.

    None where LLVM has to do it: there is debug information to be stripped, or a definition without
    an attribute group.
    """
    if _DEBUG_INFO in module.entities:
        return None
    entities = dict(module.entities)
    for definition in module.definitions():
        sized = _sized_definition(definition)
        if sized is None:
            return None
        entity, group, new_group = sized
        entities[entity.name] = entity
        if new_group not in entities:
            attributes = entities.get(group)
            if attributes is None:
                return None
            entities[new_group] = _sized_group(attributes, new_group)
    return replace(module, entities=entities)


def _sized_definition(definition: Entity) -> tuple[Entity, str, str] | None:
    """The definition with the number of its new group, its old group, and its new one."""
    header_end = definition.text.index("\n")
    header = definition.text[:header_end]
    unquoted = header if '"' not in header else TOKEN.sub(_blank_if_quoted, header)
    groups = list(_GROUP.finditer(unquoted))
    if len(groups) != 1:
        return None
    group = groups[0].group(1)
    new_group = f"#{_SIZED_FROM + int(group[1:])}"
    start, end = groups[0].span(1)
    text = f"{header[:start]}{new_group}{header[end:]}{definition.text[header_end:]}"
    return replace(definition, text=text), group, new_group


def _blank_if_quoted(token: re.Match[str]) -> str:
    """Something of the same length in which nothing is found."""
    return "_" * len(token.group()) if '"' in token.group() else token.group()


def _sized_group(attributes: Entity, name: str) -> Entity:
    start = attributes.text.index("{") + 1
    strings = attributes.text.find('"', start)
    end = attributes.text.rindex("}") if strings < 0 else strings
    words = [word for word in attributes.text[start:end].split() if word not in _UNWANTED]
    sized = " ".join([*(word for word in _WANTED if word not in words), *words])
    text = f"attributes {name} = {{ {sized} {attributes.text[end:]}"
    return Entity(Kind.ATTRIBUTES, name, text, attributes.position)
