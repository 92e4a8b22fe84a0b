#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace keitaro_outbox::cli {

/// CLI11's pages of help without what only its grammar needs: types of arguments, and which flags exclude one
/// another (their help says so where it matters).
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

}  // namespace keitaro_outbox::cli
