#include <algorithm>
#include <string>

#include "core/url/deep_link.hpp"
#include "target.hpp"

namespace core = keitaro_outbox::core;

namespace {

void check_parts(const core::Judged<core::DeepLinkParts>& parsed) {
  MUST_HOLD(parsed.result.has_value() == parsed.error.empty());
  if (!parsed.result) {
    MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(parsed.error));
    return;
  }
  const auto& [campaign, click] = *parsed.result;
  MUST_HOLD(!campaign.empty() && !click.empty());
  MUST_HOLD(campaign.size() + 1 + click.size() <= core::kLongestStart);
  MUST_HOLD(core::dots_for_dashes(click).find('-') == std::string::npos);

  // The link that is built of the parts says the same again.
  const auto link = core::build_deep_link("@Bot", campaign, click);
  MUST_HOLD(link.result.has_value());
  const auto again = core::parse_deep_link(*link.result, campaign);
  MUST_HOLD(again.result && again.result->campaign == campaign && again.result->click == click);
}

}  // namespace

FUZZ_TARGET(deep_links, bytes) {
  const std::size_t end = bytes.find('\x1e');
  const std::string_view text = bytes.substr(0, end);
  const std::string_view campaign = end == std::string_view::npos ? "" : bytes.substr(end + 1);
  check_parts(core::parse_deep_link(text, ""));
  check_parts(core::parse_deep_link(text, campaign));

  const auto link = core::build_deep_link("Bot", campaign, text);
  MUST_HOLD(link.result.has_value() == link.error.empty());
  MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(link.result ? *link.result : link.error));
  if (link.result && !text.empty()) check_parts(core::parse_deep_link(*link.result, campaign));
}
