"""Schedule files as data."""

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Block:
    """Directives for one variant of a kernel. A directive is its words."""

    section: str  # "prepare", "model NAME"; "" for the first model
    head: str  # kernel "NAME" when SIZE <= NUMBER
    stages: tuple  # of (name, directives)

    def with_stage(self, name, directives):
        """`directives` None: nothing is said about the stage."""
        said = dict(self.stages)
        said[name] = directives
        return dataclasses.replace(self, stages=tuple(stage for stage in said.items() if stage[1] is not None))

    def of(self, name):
        return dict(self.stages).get(name)


@dataclasses.dataclass(frozen=True)
class ScheduleFile:
    fusions: tuple  # of lines
    target: str
    blocks: tuple

    def with_block(self, number, block):
        return dataclasses.replace(self, blocks=self.blocks[:number] + (block,) + self.blocks[number + 1 :])

    def changes_of(self, default):
        """What is here and differs from `default`, which has the same blocks."""
        blocks = []
        for own, other in zip(self.blocks, default.blocks):
            before = dict(other.stages)
            blocks.append(dataclasses.replace(own, stages=tuple(s for s in own.stages if before.get(s[0]) != s[1])))
        return dataclasses.replace(self, blocks=tuple(block for block in blocks if block.stages))

    def count(self):
        """Of directives, and stages that have none."""
        return len(self.fusions) + sum(len(said) or 1 for block in self.blocks for _, said in block.stages)

    def text(self):
        lines = ["fusion {", *("  " + line for line in self.fusions), "}"] if self.fusions else []
        lines.append(f"target {self.target} {{")
        for block in self.blocks:
            lines += [block.section + " {"] if block.section else []
            lines.append(f"  {block.head} {{")
            for name, directives in block.stages:
                lines.append(f"    {name} {{ {', '.join(' '.join(words) for words in directives)} }}")
            lines += ["  }"] + (["}"] if block.section else [])
        return "\n".join(lines + ["}", ""])


def tokens_of(text):
    return re.findall(r'"[^"]*"|[{},]|[^\s{},"]+', re.sub(r"#.*", "", text))


def read_stages(tokens):
    """`name { directive, … }` and so on, with commas or without, up to `}`."""
    stages = []
    while tokens and tokens[0] != "}":
        name = tokens.pop(0)
        if name == ",":
            continue
        assert tokens.pop(0) == "{"
        directives, words = [], []
        while (token := tokens.pop(0)) != "}":
            if token != ",":
                words.append(token)
            elif words:
                directives.append(tuple(words))
                words = []
        stages.append((name, tuple(directives + [tuple(words)] if words else directives)))
    return tuple(stages)


def read_schedule(text):
    """What the compiler emits: one section for a target."""
    fusions = re.search(r"^fusion \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    target, rest = re.search(r"^target (\S+) \{\n(.*)^\}", text, re.MULTILINE | re.DOTALL).groups()
    tokens, section, blocks = tokens_of(rest), "", []
    while tokens:
        if tokens[0] == "}":
            tokens.pop(0)
            section = ""
            continue
        head = []
        while (token := tokens.pop(0)) != "{":
            head.append(token)
        if head[0] != "kernel":
            section = " ".join(head)
            continue
        blocks.append(Block(section, " ".join(head), read_stages(tokens)))
        tokens.pop(0)
    lines = tuple(line.strip() for line in fusions[1].splitlines()) if fusions else ()
    return ScheduleFile(lines, target, tuple(blocks))


@dataclasses.dataclass(frozen=True)
class Stage:
    name: str
    axes: tuple
    reduced: tuple


def read_variants(ir):
    """The stages of each variant of the kernels, by what its schedule says: text
    of IR in which kernels are scheduled."""
    found = {}
    starts = [match.start() for match in re.finditer(r"^ *variant ", ir, re.MULTILINE)] + [len(ir)]
    for start, end in zip(starts, starts[1:]):
        head, _, body = ir[start:end].partition("\n")
        schedule = re.search(r"schedule<(.*)> \{$", head)
        stages = []
        for name, axes, reduced in re.findall(r'attn\.stage "([^"]+)" \[(.*?)\](?: \w+ \[(.*?)\])? \{', body):
            stages.append(Stage(name, *(tuple(re.findall(r"%(\w+):", text)) for text in (axes, reduced))))
        if schedule:
            found.setdefault(read_stages(tokens_of(schedule[1])), tuple(stages))
    return found
