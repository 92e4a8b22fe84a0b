"""The parts of tools/soak, which see.

  conductor    starts everybody, tells them what to do and when, ends them
  stories      what an application's clicks go through         application   writes them, a process
  weather      what troubles a receiver has                    receiver      a tracker in trouble, a process
  operator_edits  somebody who cancels and retries by SQL      workers       the command under test: kills, freezes, restarts
  vitals       memory, descriptors, file sizes                 evidence      the files in which all of this is noted
  rules        Keitaro's statuses and moves, stated anew       click_judge   what went wrong with one click
  judge        all clicks, and the run as a whole              resources     what the vitals say
  report       figures and verdict, for people and as JSON
"""
