/// The number format in which a network computes.
///
/// `auto` is the fastest that the engine trusts on this processor. `int8` is for networks with integers and scales in
/// their file, and float32 for the rest of them.
public enum Precision: String, Sendable, CaseIterable { case f32, bf16, int8, auto }
