"""Writes golden/: an encoder and decoder of Bahdanau, Cho, Bengio (2015) in
PyTorch, small and with random weights.

    pip install torch==2.13.0 safetensors==0.8.0 numpy
    python make_golden.py
"""

import pathlib
import sys

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from golden_files import Golden, randomize

SIZES = {
    "source": 7,
    "target": 5,
    "hidden": 14,
    "width": 10,
    "maxout": 9,
    "source_words": 51,
    "target_words": 43,
}


class Encoder(nn.Module):
    def __init__(self, words, width, hidden):
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.ahead, self.back = nn.GRUCell(width, hidden), nn.GRUCell(width, hidden)

    def forward(self, ids):
        columns = self.embedding(ids).unbind(1)
        back = self.states(self.back, columns[::-1])[::-1]
        return torch.cat((torch.stack(self.states(self.ahead, columns), 1), torch.stack(back, 1)), -1)

    def states(self, cell, columns):
        states = []
        for column in columns:
            states.append(cell(column, states[-1] if states else None))
        return states


class Align(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.W = nn.Linear(hidden, hidden, bias=False)
        self.U = nn.Linear(2 * hidden, hidden, bias=False)
        self.v = nn.Parameter(torch.empty(hidden))

    def forward(self, state, memory):
        scores = torch.tanh(self.W(state).unsqueeze(1) + self.U(memory)) @ self.v
        return (scores.softmax(-1).unsqueeze(-1) * memory).sum(1)


class Translator(nn.Module):
    def __init__(self, source, target, hidden, width, maxout, source_words, target_words):
        super().__init__()
        self.hidden, self.maxout = hidden, maxout
        self.encoder = Encoder(source_words, width, hidden)
        self.align = Align(hidden)
        self.embedding = nn.Embedding(target_words, width)
        self.start = nn.Linear(hidden, hidden)
        self.decoder = nn.GRUCell(width + 2 * hidden, hidden)
        self.deep = nn.Linear(width + 3 * hidden, 2 * maxout)
        self.output = nn.Linear(maxout, target_words, bias=False)

    def forward(self, ids, words):
        memory = self.encoder(ids)
        state = torch.tanh(self.start(memory[:, 0, self.hidden :]))
        scores = []
        for y in self.embedding(words).unbind(1):
            context = self.align(state, memory)
            deep = self.deep(torch.cat((y, state, context), -1))
            scores.append(self.output(deep.unflatten(-1, (self.maxout, 2)).amax(-1)))
            state = self.decoder(torch.cat((y, context), -1), state)
        return torch.stack(scores, 1)


def translate(model, ids, words):
    return {"result": model(ids, words)}


def main():
    model = randomize(Translator(**SIZES), seed=7)
    golden = Golden(__file__, model, SIZES)
    golden.weights(model.state_dict())
    random = np.random.default_rng(7)
    for name, rows in {"one_row": 1, "three_rows": 3}.items():
        inputs = {
            "ids": random.integers(0, SIZES["source_words"], (rows, SIZES["source"]), np.int32),
            "words": random.integers(0, SIZES["target_words"], (rows, SIZES["target"]), np.int32),
        }
        golden.case(name, translate, inputs)
    golden.write()


if __name__ == "__main__":
    main()
