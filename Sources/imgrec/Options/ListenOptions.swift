import ArgumentParser
import Platform

/// The address of the metrics of a run.
struct ListenOptions: ParsableArguments {
  @Option(
    help: .init(
      "Serve metrics and health over HTTP: 9464 for this machine alone, :9464 for all, 0 for a free port.",
      valueName: "[host:]port"),
    transform: ListenAddress.parse)
  var listen: ListenAddress?
}

/// An address to listen at, as it is typed.
struct ListenAddress: Equatable, Sendable {
  /// nil stands for all addresses of this machine.
  var host: String?
  var port: Int
  /// As it was typed.
  var text: String

  static let loopback = "127.0.0.1"
  private static let hostScalars = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%".unicodeScalars)

  /// Parses `9464`, `:9464`, `HOST:9464` and `[::1]:9464`.
  static let parse: @Sendable (String) throws -> ListenAddress = { text in
    guard let address = ListenAddress(text) else {
      throw ValidationError("'\(text)' is not an address such as 9464, :9464, 10.0.0.5:9464 or [::1]:9464.")
    }
    return address
  }

  private init?(_ text: String) {
    self.text = text
    let colon = text.lastIndex(of: ":")
    let digits = colon.map { text[text.index(after: $0)...] } ?? text[...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits),
      port <= 65535
    else { return nil }
    self.port = port
    guard let colon else {
      host = Self.loopback
      return
    }
    var name = text[..<colon]
    guard !name.isEmpty else { return }
    if name.first == "[", name.last == "]" {
      name = name.dropFirst().dropLast()
      guard name.contains(":") else { return nil }
    } else if name.contains(":") {
      return nil
    }
    guard !name.isEmpty, name.unicodeScalars.allSatisfy(Self.hostScalars.contains) else { return nil }
    host = String(name)
  }

  /// Opens the socket. The error names the address, and what to type instead.
  func open() throws(SetupError) -> ListeningSocket {
    do throws(ListeningSocket.Problem) { return try ListeningSocket(host: host, port: port) } catch {
      let name = "--listen \(text)"
      let advice = "Use --listen \(port) for this machine alone, or --listen :\(port) for all its addresses."
      switch error {
      case .inUse:
        let next = port < 65535 ? port + 1 : 9464
        throw SetupError(
          "\(name): port \(port) is in use\nName another one, such as \(with(port: next)), or 0 for a free one.")
      case .denied:
        throw SetupError("\(name): this user may not open port \(port)\nName a port from 1024 to 65535.")
      case .elsewhere: throw SetupError("\(name): \(host ?? "") is not an address of this machine\n\(advice)")
      case .unknownHost(let reason): throw SetupError("\(name): \(host ?? "") cannot be found: \(reason)\n\(advice)")
      case .other(let reason): throw SetupError("\(name): \(reason)\n\(advice)")
      }
    }
  }

  /// The same with another port, as it is typed.
  private func with(port: Int) -> String {
    "--listen \(text.dropLast(text.reversed().prefix(while: \.isNumber).count))\(port)"
  }
}
