#pragma once

#include "cli/services.hpp"

namespace keitaro_outbox::app {

/// The real parts of the command.
class CommandServices final : public cli::Services {
 public:
  /// Before anything else of the process opens a database.
  CommandServices();

  std::unique_ptr<ports::Outbox> outbox(const std::string& database) override;
  cli::Delivery deliver(const cli::DeliverOptions& options, const config::Settings& settings,
                        log::Log& log) override;
  void intake(const cli::IntakeOptions& options, const config::Settings& settings, log::Log& log) override;
  void page(const cli::PageOptions& options, const config::Settings& settings, log::Log& log) override;
  cli::ReplayReport replay_rejects(const cli::ReplayOptions& options,
                                   const config::Settings& settings) override;
  cli::IntakeBacklog intake_backlog(const std::string& database) override;
  std::vector<cli::TrackerVerified> verify(const cli::VerifyOptions& options,
                                           const config::Settings& settings) override;
  std::vector<report::Finding> check(const cli::CheckOptions& options,
                                     const config::Settings& settings) override;
};

}  // namespace keitaro_outbox::app
