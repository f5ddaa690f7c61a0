"""Schedule files as data."""

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Block:
    """Directives for one variant of a kernel. A directive is its words."""

    section: str  # "prepare", "model NAME"; "" for the first model
    head: str  # kernel "NAME" when SIZE <= NUMBER
    stages: tuple  # of (name, directives)
    tiles: tuple = ()  # of (axis, number or whole), of the kernel as a whole

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
    asked: tuple = ()  # blocks before those that ask for variants and tiles: they make kernels what they are

    def with_block(self, number, block):
        return dataclasses.replace(self, blocks=self.blocks[:number] + (block,) + self.blocks[number + 1 :])

    def changes_of(self, default):
        """What is here and differs from `default`, which has the same blocks with the same tiles."""
        blocks = []
        for own, other in zip(self.blocks, default.blocks):
            before = dict(other.stages)
            stages = tuple(s for s in own.stages if before.get(s[0]) != s[1])
            blocks.append(dataclasses.replace(own, stages=stages, tiles=()))
        return dataclasses.replace(self, blocks=tuple(block for block in blocks if block.stages))

    def count(self):
        """Of directives, and stages that have none."""
        return len(self.fusions) + sum(len(said) or 1 for block in self.blocks for _, said in block.stages)

    def text(self):
        lines = ["fusion {", *("  " + line for line in self.fusions), "}"] if self.fusions else []
        lines.append(f"target {self.target} {{")
        for block in self.asked + self.blocks:
            lines += [block.section + " {"] if block.section else []
            lines.append(f"  {block.head} {{")
            if block.tiles:
                lines.append(f"    tile {', '.join(' '.join(tile) for tile in block.tiles)}")
            for name, directives in block.stages:
                lines.append(f"    {name} {{ {', '.join(' '.join(words) for words in directives)} }}")
            lines += ["  }"] + (["}"] if block.section else [])
        return "\n".join(lines + ["}", ""])


def tokens_of(text):
    return re.findall(r'"[^"]*"|[{},]|[^\s{},"]+', re.sub(r"#.*", "", text))


def read_tiles(tokens):
    """`query 32, key whole`, up to what is no pair of an axis and a size."""
    tiles = [(tokens.pop(0), tokens.pop(0))]
    while tokens[:1] == [","] and tokens[1] != "tile" and tokens[2] != "{":
        tokens.pop(0)
        tiles.append((tokens.pop(0), tokens.pop(0)))
    return tiles


def read_block(tokens):
    """Tiles, and `name { directive, … }` and so on, with commas or without, up to `}`."""
    tiles, stages = [], []
    while tokens and tokens[0] != "}":
        name = tokens.pop(0)
        if name == ",":
            continue
        if name == "tile" and tokens[0] != "{":
            tiles += read_tiles(tokens)
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
    return {"stages": tuple(stages), "tiles": tuple(tiles)}


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
        blocks.append(Block(section, " ".join(head), **read_block(tokens)))
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
            found.setdefault(read_block(tokens_of(schedule[1]))["stages"], tuple(stages))
    return found
