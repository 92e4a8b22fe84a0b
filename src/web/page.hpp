#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "ports/http_exchange.hpp"
#include "ports/outbox.hpp"
#include "web/actions.hpp"
#include "web/comparison.hpp"
#include "web/context.hpp"
#include "web/day_history.hpp"
#include "web/figures.hpp"
#include "web/form.hpp"
#include "web/layout.hpp"

namespace keitaro_outbox::web {

/// What the page is made of. What they refer to must outlive it.
struct PageParts {
  ports::Outbox& outbox;
  Figures& figures;
  DayHistory& history;
  Actions* actions = nullptr;  ///< nullptr: read only, with neither forms nor handlers.
  Comparison& comparison;
  std::function<std::shared_ptr<const config::Settings>()> settings;
  std::function<std::optional<LiveWorker>()> live;  ///< Empty where this process has no worker.
  bool can_replay = false;                          ///< Whether the configuration has a front door.
  std::string database;
  std::string version;
  std::optional<std::string> place_flags;  ///< As report::RowFacts has it.
};

/// Answers requests whose sender was judged already. Reads the store, and so takes its time. From several
/// threads.
class Page {
 public:
  explicit Page(PageParts parts) : parts_(std::move(parts)) {}

  ports::HttpResponse answer(const ports::HttpRequest& request, const Actor& actor, core::WallTime now);

  /// Rows of one file.
  static constexpr std::size_t kRowsInCsv = 10'000;

 private:
  ports::HttpResponse get(const ports::HttpRequest& request, core::WallTime now);
  ports::HttpResponse post(const ports::HttpRequest& request, const Actor& actor, core::WallTime now);
  Context context(core::WallTime now) const;
  bool knows(const std::string& tracker) const;
  Document click(const Form& form, const Context& context) const;
  Document rows(const Form& form, const Context& context) const;
  ports::HttpResponse csv(const Form& form) const;
  Document rejects(const Context& context) const;
  Document conversions(const Form& form, const Context& context) const;
  ports::HttpResponse drift_file(std::string_view path, const Context& context) const;
  Document action(std::string_view number, const Context& context) const;
  Document ask(std::string_view verb, const Form& form, const Context& context) const;

  const PageParts parts_;
};

}  // namespace keitaro_outbox::web
