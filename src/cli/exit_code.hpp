#pragma once

namespace keitaro_outbox::cli {

enum ExitCode : int {
  kDone = 0,
  kFailed = 1,       ///< With one line on stderr.
  kWrongUsage = 2,   ///< Usage or configuration; with one line on stderr.
  kSomeUnsent = 3,   ///< `drain` finished, and some rows ended dead or refused.
  kPendingLeft = 4,  ///< `drain` ended with rows still pending.

  // Of `verify`.
  kNotAsSent = kSomeUnsent,     ///< Something is absent or differs.
  kCouldNotAsk = kPendingLeft,  ///< A tracker could not be asked.
};

}  // namespace keitaro_outbox::cli
