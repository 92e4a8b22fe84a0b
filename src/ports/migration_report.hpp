#pragma once

namespace keitaro_outbox::ports {

/// The schema's version before and after an installation; 0 for none.
struct MigrationReport {
  int from = 0;
  int to = 0;
};

}  // namespace keitaro_outbox::ports
