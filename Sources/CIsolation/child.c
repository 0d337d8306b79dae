#define _GNU_SOURCE
#include "CIsolation.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __linux__
#include <dlfcn.h>
#include <linux/landlock.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

// /proc/self/statm, opened before files are out of reach.
static int statm = -1;

// Files that may be read: those of libraries and of their data. No other file, and nothing may be written.
static int confine_files(void) {
  const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return 0;
  // Every right of the first version, and those that were added (REFER, TRUNCATE, IOCTL_DEV).
  struct landlock_ruleset_attr attributes = {.handled_access_fs = (1ULL << 13) - 1};
  if (version >= 2) attributes.handled_access_fs |= 1ULL << 13;
  if (version >= 3) attributes.handled_access_fs |= 1ULL << 14;
  if (version >= 5) attributes.handled_access_fs |= 1ULL << 15;
  const int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (rules < 0) return 0;
  const char *folders[] = {"/usr", "/lib", "/lib64", "/opt", "/etc/ld.so.cache", "/etc/alternatives"};
  char *more = getenv("LD_LIBRARY_PATH"), *copy = more ? strdup(more) : NULL, *rest = copy;
  for (size_t i = 0;; i++) {
    const char *path = i < sizeof folders / sizeof *folders ? folders[i] : strsep(&rest, ":");
    if (!path) break;
    struct landlock_path_beneath_attr rule = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE};
    rule.parent_fd = *path ? open(path, O_PATH | O_CLOEXEC) : -1;
    if (rule.parent_fd < 0) continue;
    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
  }
  free(copy);
  const int done = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
  close(rules);
  return done;
}

// libseccomp's interface, of which this is all that is needed (seccomp.h of version 2.5).
typedef void *(*init_function)(uint32_t);
typedef int (*add_function)(void *, uint32_t, int, unsigned, ...);
typedef int (*resolve_function)(const char *);
typedef int (*load_function)(const void *);
typedef void (*release_function)(void *);
struct argument_test {
  unsigned argument;
  int operation;
  uint64_t a, b;
};
enum { test_masked_equal = 7 };
#define ACTION_ALLOW 0x7fff0000U
#define ACTION_ERROR(number) (0x00050000U | ((number) & 0x0000ffffU))

// System calls of a decoder: memory, time, its socket, and reading files. Others fail with EPERM.
static const char *const calls[] = {
    "brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "memfd_create", "ftruncate", "read", "pread64", "readv",
    "write", "writev", "recvfrom", "sendto", "recvmsg", "sendmsg", "poll", "ppoll", "close", "lseek", "fstat",
    "newfstatat", "stat", "lstat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd",
    "getdents64", "fcntl", "dup", "futex", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getrandom", "getpid",
    "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "uname", "sysinfo", "sched_yield",
    "sched_getaffinity", "getrlimit", "setrlimit", "prlimit64", "getrusage", "alarm", "setitimer", "restart_syscall", "rseq", "membarrier",
    "set_robust_list", "get_robust_list", "arch_prctl", "exit", "exit_group",
};

static int confine_calls(void) {
  void *library = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!library) return 0;
  init_function init = (init_function)dlsym(library, "seccomp_init");
  add_function add = (add_function)dlsym(library, "seccomp_rule_add");
  resolve_function resolve = (resolve_function)dlsym(library, "seccomp_syscall_resolve_name");
  load_function load = (load_function)dlsym(library, "seccomp_load");
  release_function release = (release_function)dlsym(library, "seccomp_release");
  if (!init || !add || !resolve || !load || !release) return 0;
  void *filter = init(ACTION_ERROR(EPERM));
  if (!filter) return 0;
  int error = 0;
  for (size_t i = 0; i < sizeof calls / sizeof *calls && !error; i++) {
    const int number = resolve(calls[i]);
    // Not every machine has every call.
    if (number >= 0) error = add(filter, ACTION_ALLOW, number, 0);
  }
  // Files are opened to be read alone.
  const struct argument_test reads = {0, test_masked_equal, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY};
  struct argument_test flags = reads;
  flags.argument = 2;
  if (!error) error = add(filter, ACTION_ALLOW, resolve("openat"), 1, flags);
  flags.argument = 1;
  if (!error && resolve("open") >= 0) error = add(filter, ACTION_ALLOW, resolve("open"), 1, flags);
  // abort() signals its own thread; no other process may be signalled.
  const struct argument_test self = {0, 4 /* equal */, (uint64_t)getpid(), 0};
  if (!error) error = add(filter, ACTION_ALLOW, resolve("tgkill"), 1, self);
  // Threads of this process alone. glibc falls back to clone, whose flags can be tested, where clone3 is unknown.
  const struct argument_test thread = {0, test_masked_equal, CLONE_THREAD, CLONE_THREAD};
  if (!error && resolve("clone3") >= 0) error = add(filter, ACTION_ERROR(ENOSYS), resolve("clone3"), 0);
  if (!error) error = add(filter, ACTION_ALLOW, resolve("clone"), 1, thread);
  if (!error) error = load(filter);
  release(filter);
  return error == 0;
}
#endif

// Ends the process if the parent has closed its end. SIGIO may also be late for a request that was received already.
static void on_socket(int signal) {
  (void)signal;
  struct pollfd state = {.fd = cisolation_socket, .events = POLLIN};
  if (poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR | POLLNVAL))) _exit(0);
}

cisolation_rights cisolation_confine(void) {
  cisolation_rights rights = {0, 0, 0};
  // The parent decides when this process ends: an interrupt of the whole group lets it drain.
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  struct sigaction follow = {.sa_handler = on_socket, .sa_flags = SA_RESTART};
  sigaction(SIGIO, &follow, NULL);
  fcntl(cisolation_socket, F_SETOWN, getpid());
  // No memory image on disk, of what may be a patient's picture.
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
  statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  rights.no_new_privileges = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  if (rights.no_new_privileges) {
    rights.landlock = confine_files();
    rights.seccomp = confine_calls();
  }
#endif
  return rights;
}

int cisolation_map(uint8_t **base, size_t *mapped, size_t size) {
  if (*base && *mapped == size) return 0;
  if (*base) munmap(*base, *mapped);
  *base = NULL;
  *mapped = 0;
  void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, cisolation_memory, 0);
  if (map == MAP_FAILED) return errno;
  *base = map;
  *mapped = size;
  return 0;
}

// SIGIO comes when the parent closes its end.
static void follow_parent(int on) {
  const int flags = fcntl(cisolation_socket, F_GETFL);
  if (flags >= 0) fcntl(cisolation_socket, F_SETFL, on ? flags | O_ASYNC : flags & ~O_ASYNC);
}

void cisolation_wait(void) {
  alarm(0);
  follow_parent(0);
}

void cisolation_limit(size_t memory, unsigned seconds) {
  alarm(seconds + 1);
  follow_parent(1);
  struct rusage usage;
  struct rlimit limit;
  if (getrusage(RUSAGE_SELF, &usage) == 0 && getrlimit(RLIMIT_CPU, &limit) == 0) {
    const rlim_t used = (rlim_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 1;
    limit.rlim_cur = used + seconds < limit.rlim_max ? used + seconds : limit.rlim_max;
    setrlimit(RLIMIT_CPU, &limit);
  }
#ifdef __linux__
  char line[64];
  const ssize_t length = statm < 0 ? -1 : pread(statm, line, sizeof line - 1, 0);
  if (length <= 0 || getrlimit(RLIMIT_AS, &limit) != 0) return;
  line[length] = 0;
  const rlim_t used = (rlim_t)strtoull(line, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
  limit.rlim_cur = used + memory < limit.rlim_max ? used + memory : limit.rlim_max;
  setrlimit(RLIMIT_AS, &limit);
#else
  (void)memory;
#endif
}
