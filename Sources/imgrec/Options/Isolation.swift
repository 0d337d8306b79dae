import Codecs
import Foundation
import Platform

/// Whether other processes do what may crash: `IMGREC_ISOLATION=off` switches that off.
enum Isolation {
  static var isOn: Bool { ProcessInfo.processInfo.environment["IMGREC_ISOLATION"] != "off" }
}

extension DecodeLimits {
  /// The limits with this executable as decoder process, if isolation is on.
  var isolated: DecodeLimits {
    guard Isolation.isOn else { return self }
    var limits = self
    limits.decoderExecutable = HostInfo.executable
    return limits
  }
}
