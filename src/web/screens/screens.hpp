#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "ports/intake_rejects.hpp"
#include "ports/outbox_reader.hpp"
#include "report/explanation.hpp"
#include "web/actions.hpp"
#include "web/comparison.hpp"
#include "web/context.hpp"
#include "web/form.hpp"
#include "web/html.hpp"
#include "web/layout.hpp"

// A function for each screen: what is known comes in, a document comes out. None of them asks a store, a
// clock or a socket.
namespace keitaro_outbox::web {

Document now_screen(const Context& context);
Document trackers_screen(const Context& context);
Document problems_screen(const Context& context);

/// A click, or what the search for one came to.
struct ClickFound {
  std::string asked;                   ///< As it was typed; empty before the first search.
  std::vector<report::RowFacts> rows;  ///< The oldest first.
  bool more_rows = false;              ///< There are more than are told in full.
  /// Rows with a lower id were not looked at; nullopt when all were.
  std::optional<core::OutboxId> looked_down_to;
  std::optional<core::WallTime> looked_back_to;
};
Document click_screen(const ClickFound& found, const Context& context);

struct RowsAsked {
  ports::PageFilter filter;
  std::optional<core::OutboxId> below;
  Query query;          ///< The filter, as an address says it.
  std::string mistake;  ///< What in it cannot be read, for people; or empty.
};
RowsAsked rows_asked(const Form& form);
Document rows_screen(const RowsAsked& asked, const ports::RowPage& page, std::size_t csv_rows,
                     const Context& context);

Document rejects_screen(const std::vector<ports::IntakeReject>& newest, bool can_replay,
                        const Context& context);

/// Conversions that the tracker's own records do not have as they were sent; those of the newest rows first.
struct ConversionsAsked {
  core::Verdict verdict = core::Verdict::absent;
  std::string tracker;
  std::optional<core::OutboxId> below;
};
Document conversions_screen(const ConversionsAsked& asked, const std::vector<ports::ConversionRecord>& found,
                            bool more, const Context& context);

/// Our days beside the trackers'.
Document drift_screen(const Comparison::Standing& standing, const Context& context);

/// What was done from the page; `shown` is told in full.
Document actions_screen(const std::optional<ActionRecord>& shown, const std::vector<ActionRecord>& recent,
                        const Context& context);

/// Asks before an action. `what` says what it is of, in one sentence; the form is sent to `path`.
struct Question {
  std::string title = {};
  std::string what = {};
  std::string count = {};        ///< `12 rows`; empty where it is about one thing.
  std::string consequence = {};  ///< What comes of it.
  std::string path = {};         ///< `/retry`.
  std::string button = {};
  std::string here = {};
  std::string back = {};  ///< The address of "no".
  Query fields = {};
  bool offers_pace = false;
};
Document question_screen(const Question& question, const Context& context);

/// A page that says one thing, such as that something is not there.
Document message_screen(std::string title, std::string text, int http_status);

// --- parts that several screens have

/// `dead` in words, with its colour.
Html state_tag(core::State state);
Html verdict_tag(core::Verdict verdict);
/// For a form of its own with one button: POST to `path` with the fields.
Html post_button(std::string_view path, const Query& fields, std::string_view text);
/// Where what is shown is not of this moment, or cannot be known, says so.
Html doubts(const Context& context);
/// Stands for the kind of reason of rows that have none.
inline constexpr std::string_view kNoReason = "(none)";
/// The fields of a group, as links and forms carry them.
Query group_query(const ports::ReasonGroupFilter& group);

}  // namespace keitaro_outbox::web
