#pragma once

namespace keitaro_outbox::ports {

/// A hint that somebody writes to the store. It comes for our own commits too, and shortly before a commit
/// can be seen: look for it in short steps then. A slow poll remains the guarantee.
class CommitSignal {
 public:
  virtual ~CommitSignal() = default;
  virtual int fd() const = 0;  ///< To poll for reading; -1 when there is no hint to be had.
  virtual void drain() = 0;    ///< Takes all that is there to read.
  /// Whether another store may have been put in the place of this one; the second call forgets it.
  virtual bool replacement_hinted() const = 0;
  virtual bool take_replacement_hint() = 0;
};

}  // namespace keitaro_outbox::ports
