#define _GNU_SOURCE
#include "CIsolation.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

// Shared memory without a name. A child cannot shrink it, which would turn the parent's reads into SIGBUS.
static int create_memory(void) {
#ifdef __linux__
  int memory = memfd_create("imgrec", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (memory >= 0) fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK);
  return memory;
#else
  char name[32];
  snprintf(name, sizeof name, "/imgrec.%d.%x", (int)getpid(), arc4random());
  int memory = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (memory >= 0) {
    shm_unlink(name);
    fcntl(memory, F_SETFD, FD_CLOEXEC);
  }
  return memory;
#endif
}

// The environment without a crash report: it would take seconds, and start a process.
static char **child_environment(void) {
  static char quiet[] = "SWIFT_BACKTRACE=enable=no";
  size_t count = 0;
  while (environ[count]) count++;
  char **copy = calloc(count + 2, sizeof *copy);
  if (!copy) return NULL;
  size_t used = 0;
  copy[used++] = quiet;
  for (size_t i = 0; i < count; i++)
    if (strncmp(environ[i], "SWIFT_BACKTRACE=", 16) != 0) copy[used++] = environ[i];
  return copy;
}

static int spawn(cisolation_child *child, int socket, const char *path, const char *argument) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (error) {
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  // Both descriptors move above those that they become, so that neither overwrites the other.
  const int spare_socket = fcntl(socket, F_DUPFD_CLOEXEC, 10), spare_memory = fcntl(child->memory, F_DUPFD_CLOEXEC, 10);
  if (spare_socket < 0 || spare_memory < 0) error = errno;
  for (int i = 0; i < 3 && !error; i++)
    error = posix_spawn_file_actions_addopen(&actions, i, "/dev/null", i == 0 ? O_RDONLY : O_WRONLY, 0);
  if (!error) error = posix_spawn_file_actions_adddup2(&actions, spare_socket, cisolation_socket);
  if (!error) error = posix_spawn_file_actions_adddup2(&actions, spare_memory, cisolation_memory);
#ifdef __GLIBC__
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, cisolation_memory + 1);
#endif
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  if (!error) error = posix_spawnattr_setsigdefault(&attributes, &all);
  if (!error) error = posix_spawnattr_setsigmask(&attributes, &none);
  if (!error) error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  char **environment = child_environment();
  if (!environment) error = ENOMEM;
  char *arguments[] = {"imgrec", (char *)argument, NULL};
  if (!error) error = posix_spawn(&child->process, path, &actions, &attributes, arguments, environment);
  free(environment);
  if (spare_socket >= 0) close(spare_socket);
  if (spare_memory >= 0) close(spare_memory);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

int cisolation_start(cisolation_child *child, const char *path, const char *argument) {
  *child = (cisolation_child){.process = -1, .socket = -1, .memory = -1};
  int ends[2];
#ifdef SOCK_CLOEXEC
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) return errno;
#else
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) return errno;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
#endif
  child->socket = ends[0];
  child->memory = create_memory();
  int error = child->memory < 0 ? errno : spawn(child, ends[1], path, argument);
  close(ends[1]);
  if (error) cisolation_end(child);
  return error;
}

int cisolation_reserve(cisolation_child *child, size_t size) {
  if (size <= child->size) return 0;
  if (child->base) munmap(child->base, child->size);
  child->base = NULL;
  child->size = 0;
  if (ftruncate(child->memory, (off_t)size)) return errno;
  void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, child->memory, 0);
  if (base == MAP_FAILED) return errno;
  child->base = base;
  child->size = size;
  return 0;
}

void cisolation_discard(cisolation_child *child, size_t start) {
#ifdef __linux__
  if (child->size > start)
    fallocate(
        child->memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)start, (off_t)(child->size - start));
#else
  (void)child, (void)start;
#endif
}

int cisolation_is_idle(int socket) {
  struct pollfd state = {.fd = socket, .events = POLLIN};
  return poll(&state, 1, 0) == 0;
}

int cisolation_send(int socket, const void *message, size_t size) {
#ifdef MSG_NOSIGNAL
  const int flags = MSG_NOSIGNAL;
#else
  const int flags = 0;
#endif
  for (size_t done = 0; done < size;) {
    ssize_t sent = send(socket, (const char *)message + done, size - done, flags);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno;
    done += (size_t)sent;
  }
  return 0;
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int cisolation_receive(int socket, void *message, size_t size, int64_t nanoseconds) {
  const int64_t deadline = nanoseconds < 0 ? 0 : now() + nanoseconds;
  for (size_t done = 0; done < size;) {
    if (nanoseconds >= 0) {
      const int64_t left = deadline - now();
      if (left <= 0) return ETIMEDOUT;
      struct pollfd wait = {.fd = socket, .events = POLLIN};
      const int64_t milliseconds = (left + 999999) / 1000000;
      if (poll(&wait, 1, milliseconds > 1000000 ? 1000000 : (int)milliseconds) <= 0) continue;
    }
    ssize_t got = recv(socket, (char *)message + done, size - done, 0);
    if (got < 0 && errno == EINTR) continue;
    // A child that ends with unread bytes resets the connection.
    if (got < 0) return errno == ECONNRESET ? EPIPE : errno;
    if (got == 0) return EPIPE;
    done += (size_t)got;
  }
  return 0;
}

int cisolation_end(cisolation_child *child) {
  int status = 0;
  if (child->process > 0) {
    kill(child->process, SIGKILL);
    while (waitpid(child->process, &status, 0) < 0 && errno == EINTR) {
    }
  }
  if (child->socket >= 0) close(child->socket);
  if (child->memory >= 0) close(child->memory);
  if (child->base) munmap(child->base, child->size);
  *child = (cisolation_child){.process = -1, .socket = -1, .memory = -1};
  return status;
}
