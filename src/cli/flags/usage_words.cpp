#include "cli/flags/usage_words.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <string_view>

#include "cli/flags/help_texts.hpp"
#include "config/nearest.hpp"
#include "core/text/printable.hpp"

namespace keitaro_outbox::cli {

const CLI::App* named_verb(const CLI::App& app) {
  const CLI::App* verb = nullptr;
  for (auto subs = app.get_subcommands(); !subs.empty(); subs = verb->get_subcommands()) verb = subs.front();
  return verb;
}

std::string see_help(const CLI::App* verb) {
  std::string words;
  for (; verb != nullptr && verb->get_parent() != nullptr; verb = verb->get_parent()) {
    words.insert(0, verb->get_name() + " ");
  }
  return " (see keitaro-outbox " + words + "--help)";
}

std::string unexpected(const CLI::App& app, const std::vector<std::string>& extras) {
  const std::string written = extras.empty() ? std::string() : extras.front();
  const std::string shown = "'" + core::cut_to_width(core::printable(written), 40) + "'";
  const auto subs = app.get_subcommands();
  const bool is_flag = written.starts_with("-");
  if (subs.empty() && !is_flag) {
    std::vector<std::string_view> verbs;
    std::ranges::transform(kHelpTexts, std::back_inserter(verbs), &HelpText::verb);
    const auto near = config::nearest(written, verbs);
    return "no command " + shown + (near ? ": did you mean '" + std::string(*near) + "'?" : std::string()) +
           see_help(nullptr);
  }
  const CLI::App* sub = named_verb(app);
  if (!is_flag) return "unexpected argument " + shown + see_help(sub);
  std::vector<std::string> names;
  for (const CLI::Option* option : (sub ? *sub : app).get_options()) {
    if (!option->get_lnames().empty()) names.push_back("--" + option->get_lnames().front());
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string name = written.substr(0, written.find('='));
  const auto near = config::nearest(name, known);
  return "no flag '" + core::cut_to_width(core::printable(name), 40) + "'" +
         (near ? ": did you mean '" + std::string(*near) + "'?" : std::string()) + see_help(sub);
}

}  // namespace keitaro_outbox::cli
