#include "core/url/templates.hpp"

#include <utility>

#include "core/text/readable.hpp"
#include "core/url/pasted_url.hpp"

namespace keitaro_outbox::core {

std::string Templates::add(std::string_view campaign, std::string_view status, std::string_view url,
                           const StatusMap& statuses) {
  const std::string name = normalized_status(status);
  if (name.empty()) return "it is for no status: name one, such as wait or sale";
  const bool whole_url = !url.empty();
  StatusTemplate added;
  if (whole_url) {
    if (std::string mistake = mistake_in_pasted_template(url); !mistake.empty()) return mistake;
    auto parsed = PostbackTemplate::parse(url, name);
    if (!parsed.result) return std::move(parsed.error);
    const auto counts_as = parsed.result->counts_as(statuses);
    if (!counts_as) {
      return "it sends status=" + readable(parsed.result->sent_status()) +
             ", which is unknown: write lead, sale, rejected or rebill, or tell the tracker's statuses what "
             "it "
             "counts as";
    }
    added.url = std::move(parsed.result);
    added.status = *counts_as;
  }
  TemplateSet& set = campaign.empty() ? own_ : campaigns_[std::string(campaign)];
  const auto [place, is_new] = set.try_emplace(name, std::move(added));
  if (!is_new) return "there is a template for " + readable(name) + " already: keep one of them";
  if (whole_url) secrets_.add(place->second.url->secrets());
  return {};
}

const TemplateSet* Templates::set_for(std::string_view campaign) const {
  if (!campaigns_.empty() && !campaign.empty()) {
    if (const auto found = campaigns_.find(campaign); found != campaigns_.end()) return &found->second;
  }
  return own_.empty() ? nullptr : &own_;
}

}  // namespace keitaro_outbox::core
