"""Random conditions for `keep`: trees of and, or and not over comparisons of
indices and sizes, and over captured tensors."""

from expressions import Captured, Node, leaf


class Masks:
    def __init__(self, random):
        self.random = random

    def integer(self, low, high):
        """A constant, or a number that the caller gives."""
        value = self.random.randint(low, high)
        r = self.random.random()
        if r < 0.8:
            return leaf("integer", str(value))
        values = str(value) if r < 0.85 else f"random:{{seed}}:{low}..{high + 1}"
        return Node("integer", "{c0}", captured=[Captured("i32", None, values)])

    def affine(self):
        """Comparisons of sums of indices and sizes."""
        r, small, large = self.random, self.integer(1, 5), self.integer(1, 70)
        text, part = r.choice(
            [
                ("j <= i", None),
                ("j < i", None),
                ("j >= i", None),
                ("j <= i + {0}", small),
                ("j + queries <= i + keys", None),  # causal from the right end
                ("i - j < {0}", large),
                ("abs(i - j) < {0}", large),
                ("abs(i - j) >= {0}", small),
                ("j < {0}", large),
                ("i >= {0}", large),
                ("i + j < {0}", large),
                ("2 * j <= i + {0}", large),
                ("keys - j > {0}", small),
                ("i != j", None),
                ("i == j", None),
                ("queries - i > {0}", small),
            ]
        )
        return Node("truth", text, [part] if part else [])

    def periodic(self):
        """Dilation, blocks, neighbourhoods in two dimensions."""
        n, m, radius = (self.integer(low, high) for low, high in ((2, 9), (2, 40), (0, 2)))
        text, parts = self.random.choice(
            [
                ("(i - j) % {0} == 0", [n]),
                ("(i + j) % {0} < 2", [n]),
                ("i / {0} == j / {0}", [m]),
                ("i / {0} >= j / {0}", [m]),
                ("j % {0} == 0", [n]),
                ("abs(i / {0} - j / {0}) <= {1} and abs(i % {0} - j % {0}) <= {1}", [n, radius]),
                ("h % 2 == 0", []),
                ("(h + j) % 3 != 0", []),
                ("b == 0", []),
            ]
        )
        return Node("truth", text, parts)

    def table(self):
        truth = "random:{seed}"
        sizes, index = self.random.choice(
            [
                (("batch", "keys"), "[b, j]"),
                (("queries", "keys"), "[i, j]"),
                (("batch", "queries", "keys"), "[b, i, j]"),
                (("heads", "keys"), "[h, j]"),
                (("queries",), "[i]"),
                (("heads",), "[h]"),
                (("queries + keys",), "[i - j + keys]"),
            ]
        )
        return Node("truth", "{c0}" + index, captured=[Captured("bool", sizes, truth)])

    def numbers(self):
        """Documents, lengths and the like, from tables of integers."""
        def ints(sizes, high):
            return Captured("i32", sizes, f"random:{{seed}}:0..{high}")

        text, captured = self.random.choice(
            [
                ("{c0}[b, i] == {c1}[b, j]", [ints(("batch", "queries"), 3), ints(("batch", "keys"), 3)]),
                ("j < {c0}[b]", [ints(("batch",), 80)]),
                ("j <= {c0}[b, i]", [ints(("batch", "queries"), 80)]),
                ("{c0}[h] <= abs(i - j)", [ints(("heads",), 9)]),
                ("{c0}[j / 4] % 2 == i % 2", [ints(("keys",), 4)]),
                ("{c0}[i, j] > 1", [ints(("queries", "keys"), 4)]),
            ]
        )
        return Node("truth", text, captured=captured)

    def guarded(self):
        """Gathers whose index lies in the table only where the rest allows it."""
        def truths(*sizes):
            return Captured("bool", sizes, "random:{seed}")

        def ints(sizes, low, high):
            return Captured("i32", sizes, f"random:{{seed}}:{low}..{high}")

        text, captured = self.random.choice(
            [
                ("j <= i and {c0}[i - j]", [truths("queries")]),
                ("{c0}[i - j] and j <= i", [truths("queries")]),
                ("j <= i and i - j < 20 and {c0}[i - j]", [truths("20")]),
                ("not (j > i or {c0}[i - j])", [truths("queries")]),
                ("abs(i - j) >= 9 or {c0}[abs(i - j)]", [truths("9")]),
                ("select(j <= i, {c0}[i - j], {c1}[j - i])", [truths("queries"), truths("keys")]),
                ("{c0}[j] >= 0 and {c1}[{c0}[j]]", [ints(("keys",), -3, 5), truths("5")]),
                ("{c0}[i] > 6 or {c0}[i] < 0 or {c1}[{c0}[i]]", [ints(("queries",), -2, 12), truths("7")]),
                ("(i < keys and {c0}[i]) != (j < queries and {c1}[j])", [truths("keys"), truths("queries")]),
                ("j + 3 < keys and {c0}[j + 3] and j > 2 and {c0}[j - 3]", [truths("keys")]),
                ("i >= j and {c0}[i - j] < 3", [ints(("queries",), 0, 6)]),
            ]
        )
        return Node("truth", f"({text})", captured=captured)

    def hashed(self):
        """Integers that wrap around, or are past 32 bits, and divisors that are 0."""
        def wide(sizes):
            return Captured("i32", sizes, "random:{seed}:-2147483648..2147483647")

        def small(sizes):
            return Captured("i32", sizes, "random:{seed}:-3..4")

        text, captured = self.random.choice(
            [
                ("(i * 1103515245 + j * 12345) % 7 < 3", []),
                ("(i * keys + j) * 1000003 % 100 < 60", []),
                ("(i32(i) * 1103515245 + i32(j) * 12345) % 7 < 3", []),
                ("i32(i) * 715827883 >= i32(j) * 1431655765", []),
                ("({c0}[i] * 1103515245 + {c1}[j] * 12345) % 7 < 3", [wide(("queries",)), wide(("keys",))]),
                ("{c0}[i] + 2000000000 < {c1}[j]", [wide(("queries",)), wide(("keys",))]),
                ("{c0}[i] <= {c1}[j]", [wide(("queries",)), wide(("keys",))]),
                ("i - j < {c0} * {c1}", [wide(None), wide(None)]),
                ("(i - j) * {c0} < {c1}", [wide(None), wide(None)]),
                ("j <= i + {c0}", [wide(None)]),
                ("abs({c0}[j]) / 3 < {c1}[i]", [wide(("keys",)), wide(("queries",))]),
                ("i / {c0} == j / {c0}", [small(None)]),
                ("(i - j) % {c0} == 0", [small(None)]),
                ("{c0}[j] / {c1}[i] <= {c0}[j] % {c1}[i]", [wide(("keys",)), small(("queries",))]),
                ("{c0}[j] % -5 == -2", [small(("keys",))]),
            ]
        )
        return Node("truth", text, captured=captured)

    def atom(self):
        draws = [self.affine, self.periodic, self.table, self.numbers, self.guarded, self.hashed]
        return self.random.choices(draws, [4, 3, 2, 2, 2, 2])[0]()

    def tree(self, depth):
        r = self.random.random()
        if depth == 0 or r < 0.3:
            return self.atom()
        if r < 0.45:
            return Node("truth", "not ({0})", [self.tree(depth - 1)])
        word = "and" if r < 0.75 else "or"
        return Node("truth", f"({{0}} {word} {{1}})", [self.tree(depth - 1), self.tree(depth - 1)])

    def keep(self):
        """None is everything."""
        if self.random.random() < 0.2:
            return None
        return self.tree(self.random.choice([0, 0, 1, 2, 3]))
