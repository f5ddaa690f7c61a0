"""Schedules as data, and changes of them."""

import dataclasses
import random
import unittest

from chains import draw_chain
from random_schedules import simpler_schedules
from schedule_text import Stage, read_schedule, read_variants
from schedules import TILES, draw_asked, draw_change

EMITTED = """# How kernels are scheduled.
fusion {
  join "self.{query,key}"
  fuse relu into layer
}
target x86-64-v3 {
  kernel "layer.*" when batch * rows <= 64 {
    relu { tile row.block 4 guard, order n row row.block,
      parallel row.block }
    "linear.product" { at relu.parallel, registers, lanes column 8, unroll row 4 }
  }
  prepare {
    kernel "index outside" {
      stack { }
    }
  }
  model other {
    kernel "layer" {
      tile query 32, key whole
      relu { lanes n 8 guard }
    }
  }
}
"""
IR = """    %0 = attn.kernel "layer" (%arg4 = %arg0 : !attn.tensor<f32, [rows, 9]>) -> !attn.tensor<f32, [rows, 13]>
      variant when [rows] at_most 64 schedule<relu {lanes n 8}, product {at relu.row}> {
      %product = attn.stage "product" [%row: rows, %column: 13] sum [%depth: 9] {
      %relu = attn.stage "relu" [%row: rows, %n: 13] {
      variant schedule<tile query 32, tile key 64, relu {lanes n 4}> {
      %relu = attn.stage "relu" [%row: rows ceildiv 4, %n: 13] {
"""
PRODUCT, RELU = Stage("product", ("row", "column"), ("depth",)), Stage("relu", ("row", "n"), ())


class Texts(unittest.TestCase):
    def test_what_is_emitted_is_read(self):
        file = read_schedule(EMITTED)
        self.assertEqual(file.fusions, ('join "self.{query,key}"', "fuse relu into layer"))
        self.assertEqual([block.section for block in file.blocks], ["", "prepare", "model other"])
        self.assertEqual(file.blocks[0].head, 'kernel "layer.*" when batch * rows <= 64')
        self.assertEqual(file.blocks[0].of("relu")[-1], ("parallel", "row.block"))
        self.assertEqual(file.blocks[1].stages, (("stack", ()),))
        self.assertEqual(file.blocks[2].tiles, (("query", "32"), ("key", "whole")))
        self.assertEqual(read_schedule(file.text()), file)

    def test_changes_alone_are_printed(self):
        file = read_schedule(EMITTED)
        changed = file.with_block(2, file.blocks[2].with_stage("relu", (("inline",),)))
        self.assertEqual([block.head for block in changed.changes_of(file).blocks], ['kernel "layer"'])
        self.assertEqual(file.changes_of(file).blocks, ())
        self.assertEqual(changed.changes_of(file).blocks[0].tiles, ())
        self.assertEqual(next(simpler_schedules(changed, file)).blocks, file.blocks)

    def test_what_is_asked_comes_first_and_gets_less(self):
        file = read_schedule(EMITTED)
        block = dataclasses.replace(file.blocks[2], stages=())
        asked = dataclasses.replace(file, asked=(block,))
        self.assertEqual(read_schedule(asked.text()).blocks, (block,) + file.blocks)
        self.assertEqual(asked.changes_of(file).asked, (block,))
        tiles = [less.asked[0].tiles for less in simpler_schedules(asked, asked) if less.asked not in ((), (block,))]
        self.assertEqual(tiles, [(("key", "whole"),), (("query", "32"),)])

    def test_stages_of_a_variant_go_by_its_schedule(self):
        variants = read_variants(IR)
        self.assertEqual(len(variants), 2)
        self.assertIn((("relu", (("lanes", "n", "4"),)),), variants)
        self.assertEqual(variants[("relu", (("lanes", "n", "8"),)), ("product", (("at", "relu.row"),))], (PRODUCT, RELU))


class Draws(unittest.TestCase):
    def test_all_directives_are_drawn(self):
        file, words = read_schedule(EMITTED), set()
        for seed in range(2000):
            changed = draw_change(random.Random(seed), file, [(PRODUCT, RELU), None, None])
            if changed:
                words |= {said[0] for _, directives in changed.blocks[0].stages for said in directives}
        self.assertEqual(words, {"tile", "order", "parallel", "at", "store", "registers", "lanes", "unroll", "in", "layout",
                                 "full", "partial", "inline", "skip", "prefetch"})

    def test_tiles_and_variants_are_asked_for(self):
        file, heads, tiles = read_schedule(EMITTED), set(), set()
        for seed in range(500):
            block = draw_asked(random.Random(seed), file, {"rows": 5, "batch": 2})
            if block:
                heads.add(block.head)
                tiles |= set(block.tiles)
        self.assertIn('kernel "layer" when rows <= 5', heads)
        self.assertIn('kernel "layer.*" when batch * rows <= 10', heads)
        self.assertEqual(tiles, {(axis, size) for axis, sizes in TILES.items() for size in sizes})

    def test_a_seed_is_a_chain(self):
        for seed in range(50):
            self.assertEqual(draw_chain(seed), draw_chain(seed))
        everything = "".join(draw_chain(seed).text() for seed in range(200))
        for word in ("linear(", "layer_norm(", "@ transpose(", "softmax(", "along axis -1", "dim rows"):
            self.assertIn(word, everything)


if __name__ == "__main__":
    unittest.main()
