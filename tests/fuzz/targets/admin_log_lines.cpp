#include <string>

#include "readback/redaction.hpp"
#include "target.hpp"

namespace readback = keitaro_outbox::readback;

FUZZ_TARGET(admin_log_lines, bytes) {
  constexpr std::string_view kKey = "k3Y-8f2a91";
  // Whatever stands around a request's address, its key does not come through.
  keitaro_outbox::core::Secrets none;
  const std::string text(bytes);
  const std::string key(kKey);
  if (text.find(kKey) != std::string::npos) return;
  for (const std::string& message :
       {text, text + "/" + key + "/postback?subid=a", "https://t.example/" + key + "/postback?" + text,
        text + " " + "https:\\/\\/t.example\\/" + key + "\\/postback", "GET /" + key + " " + text,
        "%2F" + key + "%2Fpostback" + text, "Api-Key: " + key + "\n" + text}) {
    const std::string shown = readback::redact_log_message(message, none);
    MUST_HOLD(shown.find(kKey) == std::string::npos);
    MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(shown));
    MUST_HOLD(shown.size() <= 4'003);
  }
  // One that is known does not come through anywhere.
  keitaro_outbox::core::Secrets known;
  known.add(kKey);
  MUST_HOLD(readback::redact_log_message(text + key + text, known).find(kKey) == std::string::npos);
}
