#pragma once

namespace keitaro_outbox::core {

/// What a tracker usually answers while nothing limits its requests: the share that fails, and how many are
/// taken in a second. Of the last few hundred answers that were alike; when two looks in a row are plainly
/// different, those before are forgotten.
class UsualAnswers {
 public:
  /// A look at `all` answers, of which the share `failed` did; `rate` of them came a second, and `goodput` of
  /// these were taken in. False where it is plainly different from what is usual, and may still be chance.
  bool note(int all, double failed, double rate, double goodput);
  void forget() { *this = {}; }

  int count() const { return static_cast<int>(all_); }
  double share_failed() const { return all_ > 0 ? failed_ / all_ : 0; }
  /// Taken in a second; 0 before the first look.
  double goodput() const { return seconds_ > 0 ? taken_in_ / seconds_ : 0; }
  /// There were enough of them for the goodput to be more than chance, or what was stored up.
  bool is_goodput_known() const;

 private:
  double all_ = 0;
  double failed_ = 0;
  double seconds_ = 0;
  double taken_in_ = 0;  ///< In these seconds.
  bool differed_ = false;
};

}  // namespace keitaro_outbox::core
