import Codecs
import Foundation
import Platform

extension DecodeLimits {
  /// The limits with this executable as decoder process, unless `IMGREC_ISOLATION` is `off`.
  var isolated: DecodeLimits {
    guard ProcessInfo.processInfo.environment["IMGREC_ISOLATION"] != "off" else { return self }
    var limits = self
    limits.decoderExecutable = HostInfo.executable
    return limits
  }
}
