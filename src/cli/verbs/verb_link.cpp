// The verbs `link build` and `link parse`.
#include "cli/execute.hpp"
#include "core/text/printable.hpp"
#include "core/url/deep_link.hpp"
#include "keitaro_outbox/deep_link.hpp"
#include "report/row_json.hpp"

namespace keitaro_outbox::cli {
namespace {

/// Keitaro's click ids were seen with up to 20 characters.
constexpr std::size_t kRoomWanted = 20;

void warn_of_code(const LinkBuild& args, const Surroundings& around) {
  const std::size_t room = core::room_for_click(args.campaign);
  if (args.click.empty() && room < kRoomWanted) {
    around.err << "keitaro-outbox: note: the code leaves " << room
               << " characters to the click id, and Keitaro's may be longer: a shorter code is safer\n";
  }
  if (args.campaign.find('-') != std::string::npos) {
    around.err
        << "keitaro-outbox: note: the code holds a -, and a link is split at its first one: whoever reads "
           "it must know the code, as `link parse --campaign "
        << args.campaign << "` does\n";
  }
}

template <typename Work>
auto as_usage(Work work) {
  try {
    return work();
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

}  // namespace

ExitCode execute(const LinkBuild& args, const Command& command, const Surroundings& around) {
  if (args.bot.empty()) throw UsageError("link build: name the bot with --bot, as in --bot YourBot");
  if (args.campaign.empty()) throw UsageError("link build: name the campaign's code with --campaign");
  const std::string link = as_usage([&] { return build_deep_link(args.bot, args.campaign, args.click); });
  if (command.json) {
    report::print_json(around.out,
                       {{"link", link},
                        {"campaign", args.campaign},
                        {"click", args.click.empty() ? report::Json(nullptr) : report::Json(args.click)},
                        {"room_for_click", core::room_for_click(args.campaign)}});
  } else {
    around.out << link << '\n';
  }
  warn_of_code(args, around);
  return kDone;
}

ExitCode execute(const LinkParse& args, const Command& command, const Surroundings& around) {
  const DeepLink link = as_usage([&] { return parse_deep_link(args.text, args.campaign); });
  const std::string with_dots = click_with_dots(link.click);
  if (command.json) {
    report::print_json(around.out,
                       {{"campaign", link.campaign}, {"click", link.click}, {"click_with_dots", with_dots}});
    return kDone;
  }
  around.out << "campaign  " << link.campaign << "\nclick     " << link.click << '\n';
  if (with_dots != link.click) {
    around.out << "          " << with_dots << " where the tracker has click_dashes = \"to-dots\"\n";
  }
  return kDone;
}

}  // namespace keitaro_outbox::cli
