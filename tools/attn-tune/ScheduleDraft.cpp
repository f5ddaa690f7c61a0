#include "tools/attn-tune/ScheduleDraft.h"

using namespace mlir;
using namespace attune::attn;

namespace attune::tune {

std::optional<StringRef> wordOf(DirectiveAttr directive, unsigned i) {
  ArrayAttr arguments = directive.getArguments();
  auto word = i < arguments.size() ? dyn_cast<StringAttr>(arguments[i]) : StringAttr();
  return word ? std::optional<StringRef>(word.getValue()) : std::nullopt;
}

std::optional<int64_t> numberOf(DirectiveAttr directive, unsigned i) {
  ArrayAttr arguments = directive.getArguments();
  auto number = i < arguments.size() ? dyn_cast<IntegerAttr>(arguments[i]) : IntegerAttr();
  return number ? std::optional<int64_t>(number.getInt()) : std::nullopt;
}

SmallVector<StringRef> wordsOf(DirectiveAttr directive, unsigned first) {
  SmallVector<StringRef> words;
  for (unsigned i = first; i < directive.getArguments().size(); ++i)
    if (auto word = wordOf(directive, i))
      words.push_back(*word);
  return words;
}

DirectiveAttr makeDirective(MLIRContext *context, StringRef keyword, ArrayRef<Attribute> arguments) {
  return DirectiveAttr::get(context, StringAttr::get(context, keyword), ArrayAttr::get(context, arguments));
}

StringRef axisOfLabel(StringRef label) { return label.split('.').first; }

SmallVector<Unrolled> unrolledOf(DirectiveAttr directive) {
  SmallVector<Unrolled> found;
  for (unsigned i = 0; i < directive.getArguments().size(); ++i)
    if (auto axis = wordOf(directive, i))
      found.push_back({*axis, std::nullopt, 0});
    else if (auto count = numberOf(directive, i); count && !found.empty())
      found.back() = {found.back().axis, i, *count};
  return found;
}

Draft::Draft(ScheduleAttr schedule) : tiles(schedule.getTiles()) {
  for (StageScheduleAttr stage : schedule.getStages())
    entries.push_back({stage.getStage().str(), SmallVector<DirectiveAttr>(stage.getDirectives())});
}

void Draft::setArgument(unsigned entry, unsigned directive, unsigned argument, Attribute value) {
  DirectiveAttr &changed = entries[entry].directives[directive];
  SmallVector<Attribute> arguments(changed.getArguments().getValue());
  arguments[argument] = value;
  changed = makeDirective(changed.getContext(), changed.getKeyword(), arguments);
}

void Draft::setNumber(unsigned entry, unsigned directive, unsigned argument, int64_t value) {
  MLIRContext *context = entries[entry].directives[directive].getContext();
  setArgument(entry, directive, argument, IntegerAttr::get(IntegerType::get(context, 64), value));
}

ScheduleAttr Draft::build(MLIRContext *context) const {
  SmallVector<StageScheduleAttr> stages;
  for (const Entry &entry : entries)
    stages.push_back(StageScheduleAttr::get(context, StringAttr::get(context, entry.stage), entry.directives));
  return ScheduleAttr::get(context, tiles, stages);
}

} // namespace attune::tune
