import CIsolation

/// A process of the same executable that works on untrusted data: a fault of a library ends that process and costs one
/// picture.
///
/// It starts with the first request and is kept for the next ones; after a crash, a timeout or a kill by the system the
/// next request gets a new one. Data and results are in memory that both processes share. Not thread-safe.
public final class IsolatedProcess {
  /// What ended a process, or kept it from starting.
  public enum Fault: Error {
    /// It cannot be started, for an error number.
    case notStarted(Int32)
    /// It ended before it was ready, with a wait status.
    case notReady(Int32)
    /// The shared memory cannot be made large enough, for an error number.
    case noMemory(Int32)
    /// It took longer than the request allows.
    case timeout
    /// It used up the processor time, or the real time, that it was allowed.
    case exhausted
    /// The system killed it, most likely because memory is out.
    case killed
    case exited(Int32)
    case signalled(Int32)
  }

  private let executable: String
  private let argument: String
  private var child = cisolation_child()
  private var rights = cisolation_rights()

  /// `argument` starts `executable` as the process, which then runs `IsolatedService.serve`.
  public init(executable: String, argument: String) {
    self.executable = executable
    self.argument = argument
  }

  deinit { if isRunning { cisolation_end(&child) } }

  private var isRunning: Bool { child.process > 0 }

  /// Shared memory that is kept between requests; more is given back.
  private static let keptBytes = 32 << 20
  /// Time for the process to start, on a machine under load.
  private static let startTimeout = Duration.seconds(60)

  /// Sends `request`, once `fill` has put the data into the shared memory, and receives `answer`. Returns the shared
  /// memory, which is valid, and may be changed, until the next call.
  public func exchange<Request: IsolatedRequest, Answer: BitwiseCopyable>(
    _ request: Request, _ answer: inout Answer, timeout: Duration, fill: (UnsafeMutablePointer<UInt8>) -> Void
  ) throws(Fault) -> UnsafeMutablePointer<UInt8> {
    // One that the system ended since the last request says nothing about this one.
    if isRunning, cisolation_is_idle(child.socket) == 0 { cisolation_end(&child) }
    if !isRunning { try start() }
    cisolation_discard(&child, Self.keptBytes)
    let reserved = cisolation_reserve(&child, request.mappedBytes)
    guard reserved == 0 else { throw .noMemory(reserved) }
    fill(child.base)
    let sent = withUnsafeBytes(of: request) { cisolation_send(child.socket, $0.baseAddress!, $0.count) }
    let received =
      sent != 0
      ? sent
      : withUnsafeMutableBytes(of: &answer) {
        cisolation_receive(child.socket, $0.baseAddress!, $0.count, Int64(clamping: timeout.nanoseconds))
      }
    guard received == 0 else { throw end(after: received) }
    return child.base
  }

  private func start() throws(Fault) {
    let error = cisolation_start(&child, executable, argument)
    guard error == 0 else { throw .notStarted(error) }
    let received = cisolation_receive(
      child.socket, &rights, MemoryLayout<cisolation_rights>.size, Int64(clamping: Self.startTimeout.nanoseconds))
    guard received == 0 else { throw .notReady(cisolation_end(&child)) }
  }

  /// The restrictions that the process runs under, such as "Landlock"; nil if it cannot be started.
  public func restrictions() -> [String]? {
    if !isRunning { guard (try? start()) != nil else { return nil } }
    return [
      (rights.no_new_privileges, "no new privileges"), (rights.landlock, "Landlock"), (rights.seccomp, "seccomp"),
    ].filter { $0.0 != 0 }.map(\.1)
  }

  /// Ends the process after the fault `error` of a message.
  private func end(after error: Int32) -> Fault {
    // A process that runs still is killed here; one that ended keeps its own status.
    let status = cisolation_end(&child)
    if error == ETIMEDOUT { return .timeout }
    switch status & 0x7F {
    case SIGXCPU, SIGALRM: return .exhausted
    case SIGKILL: return .killed
    case 0: return .exited(status >> 8 & 0xFF)
    case let signal: return .signalled(signal)
    }
  }
}

/// A message that asks a process for something. Both ends are the same executable, so its layout is theirs.
public protocol IsolatedRequest: BitwiseCopyable {
  /// A request to be overwritten.
  init()
  /// Bytes of the shared memory.
  var mappedBytes: Int { get }
  /// Bytes of memory that the process may use beside it.
  var memory: Int { get }
  /// Processor seconds, and real ones, that the process may use.
  var seconds: Int { get }
}

/// What an isolated process does.
public enum IsolatedService {
  /// Gives up the rights that the work does not need, and answers requests until the parent ends. Libraries that files
  /// are needed for must be open. `answer` gets the request and the shared memory.
  public static func serve<Request: IsolatedRequest, Answer: BitwiseCopyable>(
    _ answer: (Request, UnsafeMutablePointer<UInt8>) -> Answer
  ) {
    let socket = Int32(cisolation_socket)
    var rights = cisolation_confine()
    guard cisolation_send(socket, &rights, MemoryLayout<cisolation_rights>.size) == 0 else { return }
    var base: UnsafeMutablePointer<UInt8>?
    var mapped = 0
    var request = Request()
    while cisolation_receive(socket, &request, MemoryLayout<Request>.size, -1) == 0 {
      guard cisolation_map(&base, &mapped, request.mappedBytes) == 0, let base else { return }
      cisolation_limit(request.memory, UInt32(clamping: request.seconds))
      let result = answer(request, base)
      cisolation_wait()
      guard withUnsafeBytes(of: result, { cisolation_send(socket, $0.baseAddress!, $0.count) }) == 0 else { return }
    }
  }
}
