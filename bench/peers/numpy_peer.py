"""numpy, whose products are OpenBLAS's."""

import numpy as np

from measuring import serve


def product(case):
    if case["precision"] != "f32":
        return {}
    x = np.random.rand(*case["sizes"]["x"]).astype("f")
    weight = np.random.rand(x.shape[1], case["set"]["outputs"]).astype("f")
    bias = np.random.rand(case["set"]["outputs"]).astype("f")
    return {"OpenBLAS": lambda: x @ weight + bias}


serve(lambda table, case: product(case) if table == "products" else {})
