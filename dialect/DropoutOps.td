// What draws at random.
#ifndef ATTUNE_DROPOUT_OPS
#define ATTUNE_DROPOUT_OPS

include "AttnTypes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_DropoutOp : Attn_Op<"dropout", [Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "One element, or 0 with a probability; in bodies";
  let description = [{
    Without a seed (`seed` has size 0) the result is `value`. With one it is

      u < rate ? 0 : value / (1 - rate)

    where u = floor(x / 256) / 2^24 and x is the first word of Philox4x32-10
    (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
    SC 2011) with

      key     = (seed[0], seed[1])
      counter = (last index, row-major number of the other indices, site, 0)

    in words of 32 bits, for the element at `indices` of a tensor of `sizes`.
    The row number wraps around at 2^32. Equal sites draw equal masks, so each
    dropout of a model has one of its own.

    It is linear in `value`: a factor may be moved through it.

    ```mlir
    %y = attn.dropout %x rate %r site 3 at [%b, %n] of [batch, 384] seed %seed : <i32, [seeds]>
    ```
  }];
  let arguments = (ins F32:$value, F32:$rate, ConfinedAttr<I64Attr, [IntMinValue<0>, IntMaxValue<4294967295>]>:$site,
                       Variadic<Index>:$indices, Attn_SizeArrayAttr:$sizes, Attn_TensorType:$seed);
  let results = (outs F32:$result);
  let assemblyFormat = [{
    $value `rate` $rate `site` $site `at` ` ` `[` $indices `]` `of` custom<BareSizeList>($sizes)
    `seed` $seed `:` type($seed) attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Words of the seed: 0 or 2.
    SizeAttr getSeedSize() { return ::llvm::cast<TensorType>(getSeed().getType()).getSize(0); }
  }];
}

#endif
