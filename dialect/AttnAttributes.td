// Sizes, conditions on sizes, and schedules.
#ifndef ATTUNE_ATTRIBUTES
#define ATTUNE_ATTRIBUTES

include "AttnDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

class Attn_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Attn_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Attn_SizeAttr : Attn_Attr<"Size", "size"> {
  let summary = "A size: an affine expression over named symbols";
  let description = [{
    Written `384`, `batch * tokens`, `(keys + 511) floordiv 512`. The form is
    canonical: symbols sorted by name, unused ones dropped, the expression
    simplified, so that equal sizes are the same attribute.

    ```mlir
    #attn.size<batch * tokens + 1>
    ```
  }];
  let parameters = (ins
    ArrayRefParameter<"::mlir::StringAttr">:$symbols,
    "::mlir::AffineExpr":$expr
  );
  let skipDefaultBuilders = 1;
  let hasCustomAssemblyFormat = 1;
  let builders = [
    AttrBuilder<(ins "::llvm::ArrayRef<::mlir::StringAttr>":$symbols, "::mlir::AffineExpr":$expr), [{
      auto canonical = canonicalize($_ctxt, symbols, expr);
      return $_get($_ctxt, canonical.first, canonical.second);
    }]>,
  ];
  let extraClassDeclaration = [{
    static ::std::pair<::llvm::SmallVector<::mlir::StringAttr>, ::mlir::AffineExpr> canonicalize(
        ::mlir::MLIRContext *context, ::llvm::ArrayRef<::mlir::StringAttr> symbols, ::mlir::AffineExpr expr);
    static SizeAttr constant(::mlir::MLIRContext *context, int64_t value);
    static SizeAttr symbol(::mlir::MLIRContext *context, ::llvm::StringRef name);
    /// The value where the size is known when compiling.
    ::std::optional<int64_t> getConstant() const;
    bool isConstant(int64_t value) const { return getConstant() == value; }
    /// The expression without `#attn.size<>` around it.
    void printBare(::mlir::AsmPrinter &printer) const;
    ::std::string str() const;
    static ::mlir::FailureOr<SizeAttr> parseBare(::mlir::AsmParser &parser);
  }];
}
def Attn_SizeArrayAttr : TypedArrayAttrBase<Attn_SizeAttr, "array of sizes">;

def Attn_ConditionAttr : Attn_Attr<"Condition", "condition"> {
  let summary = "A bound on a size that chooses a variant of a kernel";
  let description = [{
    ```mlir
    #attn.condition<batch * tokens <= 64>
    ```
  }];
  let parameters = (ins "::attune::attn::SizeAttr":$size, "int64_t":$bound);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    void printBare(::mlir::AsmPrinter &printer) const;
    static ::mlir::FailureOr<ConditionAttr> parseBare(::mlir::AsmParser &parser);
  }];
}

def Attn_Reducer : I32EnumAttr<"Reducer", "how contributions are combined", [
    I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Max", 1, "max">,
    I32EnumAttrCase<"Min", 2, "min">, I32EnumAttrCase<"ScaledSum", 3, "scaled_sum">]> {
  let cppNamespace = "::attune::attn";
  let genSpecializedAttr = 0;
}
def Attn_ReducerAttr : EnumAttr<Attn_Dialect, Attn_Reducer, "reducer">;

def Attn_Normalizer : I32EnumAttr<"Normalizer", "how kept scores become weights", [
    I32EnumAttrCase<"Softmax", 0, "softmax">, I32EnumAttrCase<"AbsSum", 1, "abs_sum">]> {
  let cppNamespace = "::attune::attn";
  let genSpecializedAttr = 0;
}
def Attn_NormalizerAttr : EnumAttr<Attn_Dialect, Attn_Normalizer, "normalizer">;

def Attn_DirectiveAttr : Attn_Attr<"Directive", "directive"> {
  let summary = "One scheduling decision: a word and its arguments";
  let description = [{
    `tile row.block 32 guard`, `lanes column 16`, `at out.parallel`. The words
    are listed in docs/schedules.md.
  }];
  let parameters = (ins
    "::mlir::StringAttr":$keyword,
    "::mlir::ArrayAttr":$arguments   // StringAttr and IntegerAttr (i64)
  );
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    void printBare(::mlir::AsmPrinter &printer) const;
    static ::mlir::FailureOr<DirectiveAttr> parseBare(::mlir::AsmParser &parser);
    /// The directive as people write it, for messages.
    ::std::string str() const;
  }];
}

def Attn_StageScheduleAttr : Attn_Attr<"StageSchedule", "stage_schedule"> {
  let summary = "The directives for one stage";
  let parameters = (ins
    "::mlir::StringAttr":$stage,
    ArrayRefParameter<"::attune::attn::DirectiveAttr">:$directives
  );
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    void printBare(::mlir::AsmPrinter &printer) const;
    static ::mlir::FailureOr<StageScheduleAttr> parseBare(::mlir::AsmParser &parser);
  }];
}

def Attn_ScheduleAttr : Attn_Attr<"Schedule", "schedule"> {
  let summary = "How the loops of a kernel run";
  let description = [{
    First the tiles that the kernel's stages were made for, where it has a choice
    of them (attention), then the directives of each stage. Stages that are not
    named are computed where they are used.

    ```mlir
    #attn.schedule<
      "gelu" {tile row.block 32 guard, lanes column 16, parallel column.panel row.block},
      "product" {at gelu.parallel, registers, lanes column 16, unroll column 3, unroll row 8}>
    #attn.schedule<tile query 32, tile key 512, "scores" {…}>
    ```
  }];
  let parameters = (ins
    ArrayRefParameter<"::attune::attn::DirectiveAttr">:$tiles,
    ArrayRefParameter<"::attune::attn::StageScheduleAttr">:$stages
  );
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    /// The directives for `stage`; null where the schedule does not name it.
    StageScheduleAttr lookup(::llvm::StringRef stage) const;
    /// The same tiles with other directives.
    ScheduleAttr withStages(::llvm::ArrayRef<StageScheduleAttr> stages) const {
      return get(getContext(), getTiles(), stages);
    }
  }];
}

def Attn_VariantAttr : Attn_Attr<"Variant", "variant"> {
  let summary = "A variant that a kernel is to have";
  let description = [{
    Where `condition` holds (always where it is null), with these tiles; what is
    not said is as by default. `where` is the place in the schedule file.

    ```mlir
    #attn.variant<tile query 16, when [tokens] at_most 64, at loc("a.sched":2:3)>
    #attn.variant<tile query 64, tile key 256, at loc("a.sched":3:3)>
    ```
  }];
  let parameters = (ins
    OptionalParameter<"::attune::attn::ConditionAttr">:$condition,
    ArrayRefParameter<"::attune::attn::DirectiveAttr">:$tiles,
    "::mlir::LocationAttr":$where
  );
  let hasCustomAssemblyFormat = 1;
}

def Attn_FusionKind : I32EnumAttr<"FusionKind", "what a schedule file says of fusion", [
    I32EnumAttrCase<"Join", 0, "join">, I32EnumAttrCase<"Separate", 1, "separate">,
    I32EnumAttrCase<"Fuse", 2, "fuse">, I32EnumAttrCase<"Split", 3, "split">]> {
  let cppNamespace = "::attune::attn";
  let genSpecializedAttr = 0;
}

def Attn_FusionAttr : Attn_Attr<"Fusion", "fusion"> {
  let summary = "A choice of what is computed together";
  let description = [{
    `join` and `separate` are about products of one input, `fuse … into` and
    `split … from` about stages and the kernel that they follow. Kernels go by
    patterns; docs/schedules.md explains them. `where` is the choice's place in
    the schedule file.

    ```mlir
    #attn.fusion<separate "self.{query,key}" at loc("a.sched":2:3)>
    #attn.fusion<split "gelu" from "*.dense" at loc("a.sched":3:3)>
    ```
  }];
  let parameters = (ins
    "::attune::attn::FusionKind":$kind,
    "::mlir::StringAttr":$stage,     // empty for join and separate
    "::mlir::StringAttr":$kernel,
    "::mlir::LocationAttr":$where
  );
  let hasCustomAssemblyFormat = 1;
}

#endif
