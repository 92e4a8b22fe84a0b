/* Preloaded into the command: when it first opens a database, the signal whose number is in $EARLY_SIGNAL comes, as from a
   supervisor that stops or reloads a service which has only just been started. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int sqlite3_open_v2(const char* path, void** db, int flags, const char* vfs) {
  int (*next)(const char*, void**, int, const char*) =
      (int (*)(const char*, void**, int, const char*))dlsym(RTLD_NEXT, "sqlite3_open_v2");
  const char* number = getenv("EARLY_SIGNAL");
  if (number != NULL) {
    const int signal = atoi(number);
    unsetenv("EARLY_SIGNAL");
    kill(getpid(), signal);
  }
  return next(path, db, flags, vfs);
}
