#pragma once

namespace keitaro_outbox::process {

/// SIGTERM and SIGHUP wait from here on, until someone is there to handle them: a supervisor's stop or reload
/// that comes while the process starts must not kill it. Threads that are begun meanwhile take neither.
void hold_signals() noexcept;

/// Ends that, in the thread that held them; what came meanwhile is taken now. Harmless where nothing is held.
void release_held_signals() noexcept;

}  // namespace keitaro_outbox::process
