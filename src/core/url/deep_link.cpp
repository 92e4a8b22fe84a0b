#include "core/url/deep_link.hpp"

#include <algorithm>
#include <utility>

#include "core/text/ascii.hpp"
#include "core/text/readable.hpp"
#include "core/url/percent.hpp"

namespace keitaro_outbox::core {
namespace {

bool telegram_carries(char c) {
  return ascii::is_letter(c) || ascii::is_digit(c) || c == '_' || c == '-';
}

std::string shown(std::string_view text) {
  return "\"" + readable(text, 70) + "\"";
}

/// The first character that Telegram does not carry, in words; empty when all are fine.
std::string wrong_character(std::string_view text) {
  const auto wrong = std::find_if_not(text.begin(), text.end(), telegram_carries);
  if (wrong == text.end()) return {};
  const bool ascii = *wrong > ' ' && *wrong < 0x7f;
  return (ascii ? "holds " + std::string(1, *wrong) : std::string("holds a blank or a foreign character")) +
         ", and Telegram carries A-Z a-z 0-9 _ - only";
}

std::string too_long(std::size_t length) {
  return "has " + std::to_string(length) + " characters, and Telegram carries " +
         std::to_string(kLongestStart) + " at most";
}

std::string wrong_bot(std::string_view bot) {
  const auto fits = [](char c) { return telegram_carries(c) && c != '-'; };
  if (!bot.empty() && std::all_of(bot.begin(), bot.end(), fits)) return {};
  return "the bot " + shown(bot) + " is no bot's name: write it as in @YourBot, letters, digits and _";
}

std::string wrong_campaign(std::string_view campaign) {
  if (campaign.empty()) return "the campaign code is empty";
  if (const std::string wrong = wrong_character(campaign); !wrong.empty()) {
    return "the campaign code " + shown(campaign) + " " + wrong;
  }
  if (room_for_click(campaign) == 0) {
    return "the campaign code " + shown(campaign) +
           " leaves no room for a click id: the two and the - between "
           "them may have " +
           std::to_string(kLongestStart) + " characters";
  }
  return {};
}

/// The value of `start` in a link, `https://t.me/Bot?start=…`; nullopt when there is none.
std::optional<std::string> start_of_link(std::string_view link) {
  std::string_view query = link.substr(link.find('?') + 1);
  query = query.substr(0, query.find('#'));
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
    if (parameter.starts_with("start=")) return percent_decode(parameter.substr(6));
  }
  return std::nullopt;
}

/// What stands behind `?start=`, from whatever form it is given in.
Judged<std::string> start_value(std::string_view text) {
  text = ascii::trim(text);
  constexpr std::string_view kCommand = "/start";
  if (text.starts_with(kCommand)) {
    std::string_view value = text.substr(kCommand.size());
    // In a group: "/start@YourBot CODE-abc".
    if (value.starts_with('@')) value.remove_prefix(std::min(value.find(' '), value.size()));
    return {std::string(ascii::trim(value)), {}};
  }
  if (text.find('?') == std::string_view::npos && text.find('/') == std::string_view::npos) {
    return {std::string(text), {}};
  }
  auto value = start_of_link(text.find('?') == std::string_view::npos ? std::string_view() : text);
  if (!value) return {std::nullopt, "the link " + shown(text) + " has no start= in it"};
  return {std::move(*value), {}};
}

std::string wrong_start(std::string_view start) {
  if (start.empty()) return "there is nothing behind start=";
  if (start.find_first_of("{}") != std::string_view::npos) {
    return "the click id in " + shown(start) + " is a macro that was not filled in";
  }
  if (const std::string wrong = wrong_character(start); !wrong.empty()) return shown(start) + " " + wrong;
  if (start.size() > kLongestStart) return shown(start) + " " + too_long(start.size());
  return {};
}

}  // namespace

Judged<std::string> build_deep_link(std::string_view bot, std::string_view campaign, std::string_view click) {
  if (bot.starts_with('@')) bot.remove_prefix(1);
  if (std::string error = wrong_bot(bot); !error.empty()) return {std::nullopt, std::move(error)};
  if (std::string error = wrong_campaign(campaign); !error.empty()) return {std::nullopt, std::move(error)};
  const std::string carried = dashes_for_dots(click);
  if (const std::string wrong = wrong_character(carried); !wrong.empty()) {
    return {std::nullopt, "the click id " + shown(click) + " " + wrong};
  }
  if (carried.size() > room_for_click(campaign)) {
    return {std::nullopt, "the start value " + too_long(campaign.size() + 1 + carried.size())};
  }
  return {"https://t.me/" + std::string(bot) + "?start=" + std::string(campaign) + "-" +
              (carried.empty() ? "{subid}" : carried),
          {}};
}

std::size_t room_for_click(std::string_view campaign) {
  return campaign.size() + 1 < kLongestStart ? kLongestStart - campaign.size() - 1 : 0;
}

Judged<DeepLinkParts> parse_deep_link(std::string_view text, std::string_view campaign) {
  auto start = start_value(text);
  if (!start.result) return {std::nullopt, std::move(start.error)};
  const std::string& value = *start.result;
  if (std::string error = wrong_start(value); !error.empty()) return {std::nullopt, std::move(error)};

  if (!campaign.empty() && !value.starts_with(std::string(campaign) + "-")) {
    return {std::nullopt,
            shown(value) + " does not begin with the campaign code " + shown(campaign) + " and a -"};
  }
  const std::size_t dash = campaign.empty() ? value.find('-') : campaign.size();
  if (dash == std::string::npos) {
    return {std::nullopt, shown(value) + " has no - between campaign code and click id"};
  }
  DeepLinkParts parts{value.substr(0, dash), value.substr(dash + 1)};
  if (parts.campaign.empty()) return {std::nullopt, shown(value) + " has no campaign code before its -"};
  if (parts.click.empty()) return {std::nullopt, shown(value) + " has no click id behind its -"};
  return {std::move(parts), {}};
}

std::string dots_for_dashes(std::string_view click) {
  std::string out(click);
  std::replace(out.begin(), out.end(), '-', '.');
  return out;
}

std::string dashes_for_dots(std::string_view click) {
  std::string out(click);
  std::replace(out.begin(), out.end(), '.', '-');
  return out;
}

}  // namespace keitaro_outbox::core
