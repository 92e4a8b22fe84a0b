/* Preloaded into the command: a call whose text holds $POISON_TEXT crashes ($POISON_HOW=crash) or never returns (hang).
 * $POISON_CALL says which: curl (a path and query given to libcurl) or bind (a text bound in SQLite). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_REQUEST_TARGET = 10266 };

static void poison(const char* call, const char* text, size_t size) {
  const char* wanted = getenv("POISON_TEXT");
  const char* where = getenv("POISON_CALL");
  if (wanted == NULL || where == NULL || strcmp(where, call) != 0 || text == NULL) return;
  if (memmem(text, size, wanted, strlen(wanted)) == NULL) return;
  if (strcmp(getenv("POISON_HOW"), "crash") == 0) *(volatile int*)0 = 1;
  while (1) usleep(10000);
}

int curl_easy_setopt(void* easy, int option, ...) {
  va_list arguments;
  va_start(arguments, option);
  void* value = va_arg(arguments, void*);
  va_end(arguments);
  int (*next)(void*, int, ...) = (int (*)(void*, int, ...))dlsym(RTLD_NEXT, "curl_easy_setopt");
  if (option == OPTION_REQUEST_TARGET) poison("curl", value, strlen(value));
  return next(easy, option, value);
}

int sqlite3_bind_text64(void* statement, int index, const char* text, uint64_t size, void (*destroy)(void*),
                        unsigned char encoding) {
  int (*next)(void*, int, const char*, uint64_t, void (*)(void*), unsigned char) =
      (int (*)(void*, int, const char*, uint64_t, void (*)(void*), unsigned char))dlsym(RTLD_NEXT,
                                                                                     "sqlite3_bind_text64");
  poison("bind", text, size);
  return next(statement, index, text, size, destroy, encoding);
}

/* What SQLiteCpp calls. */
int sqlite3_bind_text(void* statement, int index, const char* text, int size, void (*destroy)(void*)) {
  int (*next)(void*, int, const char*, int, void (*)(void*)) =
      (int (*)(void*, int, const char*, int, void (*)(void*)))dlsym(RTLD_NEXT, "sqlite3_bind_text");
  poison("bind", text, size < 0 && text != NULL ? strlen(text) : (size_t)(size < 0 ? 0 : size));
  return next(statement, index, text, size, destroy);
}
