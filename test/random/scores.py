"""Random scores and weights."""

import math

from expressions import Captured, Node, leaf, number

# Past this, exponentials lose what a comparison in f32 could see.
MOST = 30.0


class Arithmetic:
    """Draws numbers and feature vectors of a pair. In `exact` mode everything is
    a whole number, and magnitudes are bounds, not estimates."""

    def __init__(self, random, shape, exact):
        self.random, self.shape, self.exact = random, shape, exact

    # ---- captured tensors ----

    def table(self, sizes, magnitude=1.0):
        if self.exact:
            return Captured("f32", tuple(sizes), "integers:{seed}:-2..3"), 3.0
        return Captured("f32", tuple(sizes), f"random:{{seed}}:-{magnitude}..{magnitude}"), magnitude

    def read(self, sizes, index, kind="number", parts=(), magnitude=1.0, form=False):
        """A table at `index`, or in the `form` that it is."""
        captured, magnitude = self.table(sizes, magnitude)
        return Node(kind, index if form else "{c0}" + index, parts, [captured], magnitude)

    def constant(self):
        if self.exact:
            return number(self.random.choice([-2, -1, 1, 2, 3]))
        value = round(self.random.uniform(0.2, 1.5), 2)
        if self.random.random() < 0.2:  # a number that the caller gives
            values = str(value) if self.random.random() < 0.5 else f"random:{{seed}}:0.2..1.5"
            return Node("number", "{c0}", captured=[Captured("f32", None, values)], magnitude=1.5)
        return number(value)

    # ---- feature vectors ----

    def vector_leaf(self):
        r, unit = self.random.random(), 3.0 if self.exact else 1.0
        if r < 0.35:
            return leaf("vector", "q", unit)
        if r < 0.7:
            return leaf("vector", "k", unit)
        sizes, index = self.random.choice(
            [
                (["depth"], ""),
                (["heads", "depth"], "[h]"),
                (["queries", "depth"], "[i]"),
                (["batch", "keys", "depth"], "[b, j]"),
                (["queries + keys", "depth"], "[i - j + keys]"),
            ]
        )
        return self.read(sizes, index, "vector")

    def vector(self, depth):
        if depth == 0 or self.random.random() < 0.25:
            return self.vector_leaf()
        a = self.vector(depth - 1)
        operation = self.random.randrange(7)
        if operation < 3:
            b = self.vector(depth - 1)
            text, m = [
                ("({0} + {1})", a.magnitude + b.magnitude),
                ("({0} - {1})", a.magnitude + b.magnitude),
                ("({0} * {1})", a.magnitude * b.magnitude),
            ][operation]
            return Node("vector", text, [a, b], magnitude=m)
        if operation == 3:
            b = self.vector(depth - 1)
            return Node("vector", self.random.choice(["max({0}, {1})", "min({0}, {1})"]), [a, b],
                        magnitude=max(a.magnitude, b.magnitude))
        if operation == 4:
            c = self.constant()
            return Node("vector", "({1} * {0})", [a, c], magnitude=a.magnitude * c.magnitude)
        if operation == 5:
            return Node("vector", self.random.choice(["relu({0})", "abs({0})"]), [a], magnitude=a.magnitude)
        if self.exact:
            return a
        return Node("vector", self.random.choice(["tanh({0})", "sigmoid({0})"]), [a])

    def sum(self, vector):
        depth = self.shape["depth"]
        factor = depth if self.exact else 1.5 * math.sqrt(depth)
        return Node("number", "sum({0})", [vector], magnitude=vector.magnitude * factor)

    # ---- numbers ----

    def dot(self):
        q, k = leaf("vector", "q", 3.0 if self.exact else 1.0), leaf("vector", "k", 3.0 if self.exact else 1.0)
        dot = self.sum(Node("vector", "({0} * {1})", [q, k], magnitude=q.magnitude * k.magnitude))
        if self.exact or self.random.random() < 0.4:
            return dot
        return Node("number", "({0} / sqrt(depth))", [dot], magnitude=1.5)

    def additive(self):
        w = self.read(*self.random.choice([(["depth"], ""), (["heads", "depth"], "[h]")]), "vector")
        inner = "relu" if self.exact else "tanh"
        both = Node("vector", inner + "({0} + {1})", [leaf("vector", "q"), leaf("vector", "k")],
                    magnitude=6.0 if self.exact else 1.0)
        return self.sum(Node("vector", "({0} * {1})", [w, both], magnitude=w.magnitude * both.magnitude))

    def general(self):
        depth = self.shape["depth"]
        matrix, magnitude = self.table(["heads", "depth", "depth"], round(1 / math.sqrt(depth), 3))
        applied = Node("vector", "({c0}[h] @ {0})", [leaf("vector", "k")], [matrix],
                       3.0 * magnitude * depth if self.exact else 1.0)
        return self.sum(Node("vector", "({0} * {1})", [leaf("vector", "q"), applied],
                             magnitude=(3.0 if self.exact else 1.0) * applied.magnitude))

    def concatenated(self):
        parts = []
        for name in ("q", "k"):
            w = self.read(["depth"], "", "vector")
            parts.append(self.sum(Node("vector", "({0} * {1})", [w, leaf("vector", name)],
                                       magnitude=w.magnitude * (3.0 if self.exact else 1.0))))
        return Node("number", "({0} + {1})", parts, magnitude=sum(p.magnitude for p in parts))

    def distance(self):
        apart = Node("vector", "({0} - {1})", [leaf("vector", "q"), leaf("vector", "k")],
                     magnitude=6.0 if self.exact else 2.0)
        square = Node("vector", "({0} * {0})" if self.random.random() < 0.5 else "pow({0}, 2.0)", [apart],
                      magnitude=apart.magnitude**2)
        total = self.sum(square)
        return Node("number", "(-{0})", [total], magnitude=total.magnitude)

    def cosine(self):
        q, k = leaf("vector", "q"), leaf("vector", "k")
        form = self.random.choice(
            [
                "(sum({0} * {1}) * rsqrt(sum({0} * {0}) + 0.1) * rsqrt(sum({1} * {1}) + 0.1))",
                "(sum({0} * {1}) / sqrt(sum({0} * {0}) * sum({1} * {1}) + 0.1))",
            ]
        )
        return Node("number", form, [q, k])

    def other_reduction(self):
        vector = self.vector(1)
        words = ["max", "min"] if self.exact else ["max", "min", "mean"]
        return Node("number", self.random.choice(words) + "({0})", [vector], magnitude=vector.magnitude)

    def of_pair(self):
        """What depends on q and k."""
        draws = [(5, self.dot), (2, self.additive), (1, self.general), (1, self.concatenated), (2, self.distance),
                 (1, self.other_reduction), (3, lambda: self.sum(self.vector(2)))]
        if not self.exact:
            draws.append((1, self.cosine))
        draws = [(weight, draw) for weight, draw in draws if draw != self.general or self.shape["depth"] <= 24]
        return self.random.choices([d for _, d in draws], [w for w, _ in draws])[0]()

    def bias(self):
        """What depends on indices."""
        r = self.random.randrange(14)
        if r == 6:  # read where a condition allows it
            return self.read(*self.random.choice(
                [
                    (["queries"], "select(j <= i, {c0}[i - j], 0.0)"),
                    (["9", "heads"], "select(abs(i - j) < 9, {c0}[abs(i - j), h], 1.0)"),
                    (["keys"], "select(j + 2 >= keys, -1.0, {c0}[j + 2])"),
                ]
            ), form=True)
        if r == 0:
            slope = self.read(["heads"], "[h]")
            return Node("number", "({0} * abs(i - j))", [slope], magnitude=slope.magnitude * 150)
        if r == 1:
            text = "(i - j)" if self.exact else "(0.05 * (i - j))"
            return leaf("number", text if not self.exact else "f32(i32(i - j))", 150.0 if self.exact else 7.0)
        if r == 2:
            rows = self.random.choice([4, 8, 9])
            return self.read([str(rows), "heads"], f"[min(abs(i - j), {rows - 1}), h]")
        if r == 3 and not self.exact:  # buckets that grow with the distance (Raffel et al. 2020)
            return self.read(["heads", "12"], "[h, i32(min(2.0 * log(1.0 + abs(i - j)), 11.0))]")
        if r == 4:
            return self.read(["queries + keys"], "[i - j + keys]")
        if r == 5:
            period = self.random.choice([2, 3, 5])
            return self.read([str(period), "heads"], f"[(i + j) % {period}, h]")
        sizes, index = self.random.choice(
            [
                (["heads", "queries", "keys"], "[h, i, j]"),
                (["batch", "queries", "keys"], "[b, i, j]"),
                (["queries", "keys"], "[i, j]"),
                (["batch", "heads"], "[b, h]"),
                (["queries"], "[i]"),
                (["batch", "keys"], "[b, j]"),
                (["heads", "keys"], "[h, j]"),
            ]
        )
        return self.read(sizes, index)

    def number(self, depth):
        if depth == 0:
            r = self.random.random()
            return self.of_pair() if r < 0.8 else self.bias() if r < 0.95 else self.constant()
        a = self.number(depth - 1)
        draws = ["+", "-", "*", "max", "min", "select", "relu", "abs"]
        if not self.exact:
            draws += ["tanh", "softcap", "sigmoid", "ratio", "exp", "log", "sqrt", "power", "+", "*"]
        draw = self.random.choice(draws)
        if draw in "+-*maxmin":
            b = self.number(depth - 1) if self.random.random() < 0.5 else self.bias()
            m = a.magnitude * b.magnitude if draw == "*" else a.magnitude + b.magnitude
            text = f"{draw}({{0}}, {{1}})" if draw in ("max", "min") else f"({{0}} {draw} {{1}})"
            return Node("number", text, [a, b], magnitude=m)
        if draw == "select":
            b = self.bias()
            condition = self.random.choice(["j <= i", "(i + j) % 3 == 0", "h == 0", "i / 4 == j / 4"])
            return Node("number", "select({2}, {0}, {1})", [a, b, leaf("truth", condition)],
                        magnitude=max(a.magnitude, b.magnitude))
        m = a.magnitude
        text, m = {
            "relu": ("relu({0})", m),
            "abs": ("abs({0})", m),
            "tanh": ("tanh({0})", 1.0),
            "softcap": ("(3.0 * tanh({0} / 3.0))", 3.0),
            "sigmoid": ("sigmoid({0})", 1.0),
            "ratio": ("({0} / (1.0 + abs({0})))", 1.0),
            "exp": ("exp(min({0}, 2.0))", 8.0),
            "log": ("log(1.0 + {0} * {0})", math.log1p(m * m)),
            "sqrt": ("sqrt(abs({0}) + 0.5)", math.sqrt(m + 0.5)),
            "power": ("pow(abs({0}) + 0.5, 1.5)", (m + 0.5) ** 1.5),
        }[draw]
        return Node("number", text, [a], magnitude=m)

    def score(self):
        tree = self.number(self.random.choice([0, 0, 1, 1, 2]))
        if not self.exact and tree.magnitude > MOST:
            cap = self.random.random() < 0.5
            scale = number(round(MOST / tree.magnitude, 6))
            tree = (Node("number", "(5.0 * tanh({0} / 5.0))", [tree], magnitude=5.0) if cap
                    else Node("number", "({1} * {0})", [tree, scale], magnitude=MOST))
        return tree

    # ---- weights ----

    def weight(self, score_magnitude):
        """None is softmax."""
        score = leaf("number", "score", score_magnitude)
        if self.exact:
            text, m = self.random.choice([("{0}", 1), ("relu({0})", 1), ("max({0}, 2.0)", 1), ("abs({0})", 1)])
            tree = Node("number", text, [score], magnitude=max(2.0, m * score_magnitude))
        else:
            r = self.random.randrange(12)
            if r < 3:
                return None
            if r == 3:
                sink = self.random.choice([self.read(["heads"], "[h]"), number(0.5), self.read(["batch", "heads"], "[b, h]")])
                tree = Node("number", "softmax({0}, sink = {1})", [score, sink])
            else:
                text = ["softmax({0})", "softmax({0})", "sigmoid({0})", "relu({0})", "(relu({0}) * relu({0}))",
                        "abs_sum({0})", "{0}", "tanh({0})"][r - 4]
                m = score_magnitude**2 if "* relu" in text else max(1.0, score_magnitude)
                tree = Node("number", text, [score], magnitude=m)
        while self.random.random() < 0.35:
            around = self.random.randrange(5)
            if around == 0:
                other = self.constant()
            elif around in (1, 2):
                other = self.read(*self.random.choice([(["heads"], "[h]"), (["batch", "keys"], "[b, j]"),
                                                       (["queries", "keys"], "[i, j]")]))
            elif around == 3:
                return Node("number", "pow({0}, 2.0)" if not self.exact else "({0} * {0})", [tree], magnitude=tree.magnitude**2)
            else:
                other = self.read(["queries"], "[i]")
                return Node("number", "({0} - {1})", [tree, other], magnitude=tree.magnitude + other.magnitude)
            tree = Node("number", "({0} * {1})", [tree, other], magnitude=tree.magnitude * other.magnitude)
        return tree
