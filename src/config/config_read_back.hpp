#pragma once

#include <array>
#include <string>

#include "config/config_entry.hpp"
#include "delivery/tracker_spec.hpp"

namespace keitaro_outbox::config {

// The keys of a `[[tracker]]` that say how its own records are read.
void read_admin_url(const Entry& entry, delivery::TrackerSpec& spec);
void read_admin_key(const Entry& entry, delivery::TrackerSpec& spec);
void read_admin_rate(const Entry& entry, delivery::TrackerSpec& spec);
void read_verify_after(const Entry& entry, delivery::TrackerSpec& spec);
void read_verify_again(const Entry& entry, delivery::TrackerSpec& spec);
void read_currency(const Entry& entry, delivery::TrackerSpec& spec);

/// What is wrong with these keys together, for the whole tracker; empty where nothing is. Without address and
/// key there is nothing to read back by, and the other keys are put away.
std::string settle_read_back(delivery::TrackerSpec& spec);

}  // namespace keitaro_outbox::config
