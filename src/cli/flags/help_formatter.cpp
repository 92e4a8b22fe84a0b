#include "cli/flags/help_formatter.hpp"

#include <algorithm>
#include <utility>

namespace keitaro_outbox::cli {

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  if (option->get_positional()) {
    std::string text = option->get_expected_max() == CLI::detail::expected_max_vector_size ? " ..." : "";
    return option->get_required() ? text + " (required)" : text;
  }
  const std::string text = Formatter::make_option_opts(option);
  return text.substr(0, std::min(text.find(" Needs:"), text.find(" Excludes:")));
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
  std::string page = Formatter::make_help(app, std::move(name), mode);
  // A group without a title, which holds what is not shown, leaves its blank line behind.
  for (auto gap = page.find("\n\n\n"); gap != std::string::npos; gap = page.find("\n\n\n"))
    page.erase(gap, 1);
  return page;
}

}  // namespace keitaro_outbox::cli
