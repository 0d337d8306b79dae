/// FNV-1a, 64 bits: a fast hash that is the same in every run, for file names and duplicate checks, not against forgery.
public func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
  bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}
