#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/rules/status.hpp"
#include "core/text/secrets.hpp"
#include "core/url/postback_template.hpp"

namespace keitaro_outbox::core {

/// What is done with rows of one status.
struct StatusTemplate {
  std::optional<PostbackTemplate> url;  ///< nullopt for an empty template: nothing is sent.
  Status status = Status::sale;         ///< What the template sends, as Keitaro counts it.
  friend bool operator==(const StatusTemplate&, const StatusTemplate&) = default;
};

/// By the row's status, normalized.
using TemplateSet = std::map<std::string, StatusTemplate, std::less<>>;

/// The templates of one tracker: its own set, and those of campaigns. AlterCPA's rule, all or nothing: a
/// campaign with a set uses that alone, an empty template in it counting as set; every other row uses the
/// tracker's own set, if there is one.
class Templates {
 public:
  /// Adds the template of a status; `campaign` is empty for the tracker's own set, `url` for "send nothing".
  /// What the template's `status=` counts as is looked up in `statuses` once and for all. Gives what is
  /// wrong, in one sentence without the key, or an empty text.
  std::string add(std::string_view campaign, std::string_view status, std::string_view url,
                  const StatusMap& statuses);

  /// The set for rows of this campaign (empty for none); nullptr where requests are put together from the
  /// tracker's URL.
  const TemplateSet* set_for(std::string_view campaign) const;

  /// Whether the set for rows of this campaign is the campaign's.
  bool campaign_has_set(std::string_view campaign) const { return campaigns_.contains(campaign); }

  const TemplateSet& own() const { return own_; }  ///< Empty when the tracker has none.
  const std::map<std::string, TemplateSet, std::less<>>& campaigns() const { return campaigns_; }

  /// Takes the keys of all templates out of a text of others, as PostbackUrl::scrub() does.
  std::string scrub(std::string_view text) const { return secrets_.scrub(text); }

  friend bool operator==(const Templates& a, const Templates& b) {
    return a.own_ == b.own_ && a.campaigns_ == b.campaigns_;
  }

 private:
  TemplateSet own_;
  std::map<std::string, TemplateSet, std::less<>> campaigns_;
  Secrets secrets_;
};

}  // namespace keitaro_outbox::core
