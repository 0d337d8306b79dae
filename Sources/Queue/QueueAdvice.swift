import Platform
import Redis

extension SetupError {
  /// A queue that cannot be used, and what to do about it. Permanent errors state that themselves.
  public static func queue(_ error: RedisError) -> SetupError {
    SetupError(
      "queue \(error)"
        + (error.isPermanent || error.code != nil
          ? "" : "\nStart the Redis server (redis-server), or correct the address in --queue."))
  }
}
