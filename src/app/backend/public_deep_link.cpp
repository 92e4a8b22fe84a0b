#include <utility>

#include "core/url/deep_link.hpp"
#include "keitaro_outbox/deep_link.hpp"

namespace keitaro_outbox {

std::string build_deep_link(std::string_view bot, std::string_view campaign, std::string_view click) {
  auto built = core::build_deep_link(bot, campaign, click);
  if (!built.result) throw Error(built.error);
  return *std::move(built.result);
}

DeepLink parse_deep_link(std::string_view text, std::string_view campaign) {
  auto parsed = core::parse_deep_link(text, campaign);
  if (!parsed.result) throw Error(parsed.error);
  return {std::move(parsed.result->campaign), std::move(parsed.result->click)};
}

std::string click_with_dots(std::string_view click) {
  return core::dots_for_dashes(click);
}

}  // namespace keitaro_outbox
