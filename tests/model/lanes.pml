/* How two workers share one lane: the rows of a lane are sent by one of them at a time.

   The database holds a row for each worker that lasts until its clock says so, and the worker that has the lane. A worker asks for
   more time again and again, and counts its own deadline from before it has asked. It begins no request that could end after that
   deadline. Who takes the lane of a worker that is late deletes that worker's row first; who has no row records nothing (the fence).

   Time is counted down: what is left of each lease, each deadline and each request, in ticks. So the model has no end, and spin
   looks at every state that it can come to: messages that are late or lost, crashes, freezes, slow clocks.

   Excluded, as it is not promised: that a worker is frozen between its last look at the deadline and its write to the network. With
   -DFREEZE_AFTER_LOOK it is allowed, and the model fails. So it does with each of the other names below: they show that the model
   notices what it is there for.

   NO_FENCE             what a worker records is taken without asking for its row
   DEADLINE_FROM_ANSWER the deadline is counted from the answer, not from before the question
   NO_MARGIN            nothing is set aside for a clock that is slow
   NO_ROOM_FOR_REQUEST  a request may begin at any time before the deadline
   CLOCK_STOPS          the worker's clock stands still while it is frozen
   HAND_OVER_IN_FLIGHT  the lane is given away while a request is under way
   TAKEOVER             not a fault: shows that a lane does change hands after a crash and after a freeze                          */

#define LEASE 4   /* what the database grants, by its own clock */
#define SLOW 1    /* ticks that a worker's clock may miss in a lease */
#define REQUEST 2 /* how long a request may take */

#ifdef NO_MARGIN
#define MARGIN 0
#else
#define MARGIN SLOW
#endif
#ifdef NO_ROOM_FOR_REQUEST
#define ROOM 1
#else
#define ROOM REQUEST
#endif

#define NOBODY 2
#define OTHER(w) (1 - (w))

/* The database. Each step on it is one transaction. */
bool there[2];   /* the worker's row */
byte lease[2];   /* ticks until the row has run out */
byte owner = NOBODY;

/* The workers. */
bool alive[2], frozen[2];
bool believes[2];  /* it has a row and the lane, as far as it knows */
byte deadline[2];  /* ticks left, by its own clock */
byte asked[2];     /* ticks left of the deadline that an answer to its question would give */
byte slow[2];      /* ticks that its clock has missed of this deadline */
byte slow_asked[2]; /* and of the one that it asks for */
bool question[2];  /* on its way to the database */
bool answer[2];    /* on its way back */
bool granted[2];   /* what it says */
bool looked[2];    /* it has looked at the deadline, and is about to write */
bool outcome[2];   /* an answer of the tracker that is not recorded yet */

/* The network: ticks until the worker's request is over, whatever becomes of the worker. */
byte flight[2];

/* Whether the lane was taken from a worker that had crashed, and from one that was frozen. */
bool after_crash, after_freeze;

#define runs(w) (alive[w] && !frozen[w])

inline one_sender() {
  assert(!(flight[0] > 0 && flight[1] > 0));
}

inline forget(w) {
  believes[w] = false; deadline[w] = 0; asked[w] = 0; slow[w] = 0; slow_asked[w] = 0; answer[w] = false; granted[w] = false; looked[w] = false;
  outcome[w] = false;
  question[w] = false /* what still comes to the database names a row that will not be there again */
}

/* A time runs out on each worker's clock; a slow one misses a tick now and then. */
inline pass(w) {
  if
  :: lease[w] > 0 -> lease[w]--
  :: else
  fi;
  if
  :: flight[w] > 0 -> flight[w]--
  :: else
  fi;
  if
#ifdef CLOCK_STOPS
  :: frozen[w]
#endif
  :: alive[w] && slow[w] < SLOW && slow_asked[w] < SLOW && (asked[w] > 0 || deadline[w] > 0) ->
     slow[w] = slow[w] + (deadline[w] > 0);
     slow_asked[w] = slow_asked[w] + (asked[w] > 0)
  :: true ->
     if
     :: deadline[w] > 0 -> deadline[w]--
     :: else
     fi;
     if
     :: asked[w] > 0 -> asked[w]--
     :: else
     fi
  fi
}

active proctype Time() {
end:
  do
#ifdef FREEZE_AFTER_LOOK
  :: atomic { pass(0); pass(1) }
#else
  :: atomic { !looked[0] && !looked[1] -> pass(0); pass(1) }
#endif
  od
}

proctype Worker(byte w) {
end:
  do
  /* It begins its life, or begins again after it has lost its lease: by another name, with a row of its own. */
  :: atomic { runs(w) && !believes[w] && !question[w] && !answer[w] && owner != w ->
       forget(w);
       there[w] = false; lease[w] = 0;
       asked[w] = LEASE - MARGIN; question[w] = true }

  /* The question comes to the database, which takes the lane for it where nobody has it any more. */
  :: atomic { question[w] && owner != w ->
       question[w] = false;
       if
       :: owner == NOBODY || !there[OTHER(w)] || lease[OTHER(w)] == 0 ->
          if
          :: owner == OTHER(w) && !alive[OTHER(w)] -> after_crash = true
          :: owner == OTHER(w) && frozen[OTHER(w)] -> after_freeze = true
          :: else
          fi;
          if
          :: owner == OTHER(w) -> there[OTHER(w)] = false; lease[OTHER(w)] = 0
          :: else
          fi;
          owner = w; there[w] = true; lease[w] = LEASE;
          answer[w] = true; granted[w] = true
       :: else -> answer[w] = true; granted[w] = false
       fi }
  /* Or asks for more time for it. A row that has run out but was not taken goes on. */
  :: atomic { question[w] && owner == w ->
       question[w] = false;
       if
       :: there[w] -> lease[w] = LEASE; granted[w] = true
       :: else -> granted[w] = false
       fi;
       answer[w] = true }
  /* It is lost on its way, as the answer may be. */
  :: atomic { question[w] -> question[w] = false; asked[w] = 0; slow_asked[w] = 0 }
  :: atomic { answer[w] -> answer[w] = false; asked[w] = 0; slow_asked[w] = 0 }

  /* It reads the answer. */
  :: atomic { runs(w) && answer[w] ->
       answer[w] = false;
       if
       :: granted[w] ->
          believes[w] = true;
#ifdef DEADLINE_FROM_ANSWER
          deadline[w] = LEASE - MARGIN;
#else
          deadline[w] = asked[w];
#endif
          asked[w] = 0; slow[w] = slow_asked[w]; slow_asked[w] = 0
       :: else -> forget(w)
       fi }
  /* It asks for more. */
  :: atomic { runs(w) && believes[w] && !question[w] && !answer[w] && deadline[w] < LEASE - MARGIN ->
       asked[w] = LEASE - MARGIN; slow_asked[w] = 0; question[w] = true }
  /* Without an answer it gives up: it will come back by another name. */
  :: atomic { runs(w) && believes[w] && deadline[w] == 0 && !question[w] && !answer[w] && flight[w] == 0 ->
       forget(w);
       if
       :: owner == w -> owner = NOBODY; there[w] = false; lease[w] = 0
       :: owner == w /* the database is out of reach */
       :: else
       fi }

  /* It sends: it looks at the deadline, and writes. */
  :: atomic { runs(w) && believes[w] && flight[w] == 0 && !outcome[w] && !looked[w] && deadline[w] >= ROOM -> looked[w] = true }
  :: atomic { runs(w) && looked[w] -> looked[w] = false; flight[w] = REQUEST; one_sender() }
  /* The tracker answers. */
  :: atomic { runs(w) && flight[w] > 0 && believes[w] -> flight[w] = 0; outcome[w] = true }
  /* It records what became of the row, where its row is there. */
  :: atomic { runs(w) && outcome[w] ->
       outcome[w] = false;
       if
#ifdef NO_FENCE
       :: true ->
#else
       :: there[w] && owner == w ->
#endif
          assert(owner == w && there[w])
       :: !(there[w] && owner == w) -> forget(w)
       fi }

  /* It stops in order: when nothing is under way it gives the lane away at once. */
#ifdef HAND_OVER_IN_FLIGHT
  :: atomic { runs(w) && believes[w] && !looked[w] && owner == w ->
#else
  :: atomic { runs(w) && believes[w] && !looked[w] && owner == w && flight[w] == 0 && !outcome[w] && !question[w] ->
#endif
       owner = NOBODY; there[w] = false; lease[w] = 0; forget(w) }

  /* What befalls it. What is on the network goes on. */
  :: atomic { alive[w] ->
       alive[w] = false; frozen[w] = false; forget(w) }
  :: atomic { !alive[w] && flight[w] == 0 && owner != w -> alive[w] = true }
  :: atomic { !alive[w] && owner == w && lease[w] == 0 && flight[w] == 0 -> owner = NOBODY; there[w] = false; alive[w] = true }
#ifdef FREEZE_AFTER_LOOK
  :: atomic { runs(w) -> frozen[w] = true }
#else
  :: atomic { runs(w) && !looked[w] -> frozen[w] = true }
#endif
  :: atomic { frozen[w] -> frozen[w] = false }
#ifdef TAKEOVER
  :: atomic { after_crash && after_freeze -> assert(false) }
#endif
  od
}

init {
  atomic { alive[0] = true; alive[1] = true; run Worker(0); run Worker(1) }
}
