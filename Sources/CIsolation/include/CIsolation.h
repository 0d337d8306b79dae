// Processes that decode on behalf of another: spawning, shared memory, messages with a deadline, limits, and rights taken
// away. The parent sends a message and its file through shared memory, the child answers with a message and pixels in the
// same memory.
//
// No function prints or exits. Functions that return int return 0, or an error number.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Descriptors of the child: its end of the socket, and the shared memory.
enum { cisolation_socket = 3, cisolation_memory = 4 };

typedef struct {
  pid_t process;
  /// The parent's end of the socket; -1: no process.
  int socket;
  /// The shared memory.
  int memory;
  uint8_t *base;
  /// Bytes mapped at `base`.
  size_t size;
} cisolation_child;

// MARK: the parent

/// Starts `path` with one argument after the program's name. Standard streams are /dev/null, all other descriptors are
/// closed, signals have their default effects.
int cisolation_start(cisolation_child *child, const char *path, const char *argument);

/// Makes the shared memory at least `size` bytes large; `base` may move.
int cisolation_reserve(cisolation_child *child, size_t size);

/// Gives the pages of the shared memory from `start` on back to the system.
void cisolation_discard(cisolation_child *child, size_t start);

/// Whether the other end of the socket is open and has sent nothing that was not received.
int cisolation_is_idle(int socket);

/// Sends a message of `size` bytes. EPIPE: the child has ended.
int cisolation_send(int socket, const void *message, size_t size);

/// Receives a message of `size` bytes within `nanoseconds`; negative: without a limit. ETIMEDOUT: none came; EPIPE: the
/// other end was closed.
int cisolation_receive(int socket, void *message, size_t size, int64_t nanoseconds);

/// Kills the child if it runs, waits for its end and closes everything. Returns its wait status, as waitpid(2) gives it.
int cisolation_end(cisolation_child *child);

// MARK: the child

/// Which rights a child has given up.
typedef struct {
  int no_new_privileges, landlock, seccomp;
} cisolation_rights;

/// Gives up the rights that decoding does not need: new privileges, files other than those under the system's library
/// folders (Landlock), writing files, processes, sockets, signals to others (seccomp through libseccomp). What the
/// kernel or an absent library does not allow is left out, and reported so.
cisolation_rights cisolation_confine(void);

/// Maps `size` bytes of the shared memory, in place of the mapping before.
int cisolation_map(uint8_t **base, size_t *mapped, size_t size);

/// Limits this process for the next picture: to the address space in use now and `memory` bytes more, and to `seconds` of
/// processor time and of real time from now on. A parent that ends meanwhile ends this process too.
void cisolation_limit(size_t memory, unsigned seconds);

/// Lifts what ends this process, while it waits for a request.
void cisolation_wait(void);

#ifdef __cplusplus
}
#endif
