/* Preloaded into the command: while the file $DISK_TROUBLE holds a number, writing to a file and syncing it fail with that errno. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <unistd.h>

/* The errno to fail with; 0 for none. */
static int trouble(void) {
  const char* path = getenv("DISK_TROUBLE");
  const int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  char digits[8] = {0};
  if (file < 0) return 0;
  const ssize_t size = read(file, digits, sizeof digits - 1);
  close(file);
  return size > 0 ? atoi(digits) : 0;
}

static int fails(void) {
  const int before = errno;
  const int number = trouble();
  errno = number != 0 ? number : before;
  return number != 0;
}

ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  ssize_t (*next)(int, const void*, size_t, off64_t) =
      (ssize_t(*)(int, const void*, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  return fails() ? -1 : next(file, bytes, size, at);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) { return pwrite64(file, bytes, size, at); }

int statvfs(const char* path, struct statvfs* info) {
  int (*next)(const char*, struct statvfs*) = (int (*)(const char*, struct statvfs*))dlsym(RTLD_NEXT, "statvfs");
  const int result = next(path, info);
  if (trouble() == EROFS) info->f_flag |= ST_RDONLY;
  return result;
}

int fdatasync(int file) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  return fails() ? -1 : next(file);
}

int fsync(int file) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  return fails() ? -1 : next(file);
}
