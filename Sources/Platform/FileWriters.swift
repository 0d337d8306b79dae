/// Whether a process has the file open for writing; nil where the system does not say: of a file of another user, or on a
/// file system without leases.
///
/// A lease for reading is granted only while no process writes. It is given back at once.
public func isOpenForWriting(_ path: RawPath) -> Bool? {
  #if os(Linux)
    // Glibc's module leaves out the commands of <fcntl.h> that are the system's own.
    let setLease: Int32 = 1024
    guard case .descriptor(let file) = LongPath.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) else { return nil }
    defer { close(file) }
    // A process that opens the file for writing in this moment makes the system send a signal that would end this one.
    _ = ignoresLeaseSignals
    if fcntl(file, setLease, Int32(F_RDLCK)) == 0 {
      _ = fcntl(file, setLease, Int32(F_UNLCK))
      return false
    }
    return errno == EAGAIN ? true : nil
  #else
    return nil
  #endif
}

#if os(Linux)
  private let ignoresLeaseSignals: Bool = {
    signal(SIGIO, SIG_IGN)
    return true
  }()
#endif
