/// The number format in which a network computes. `int8` is for networks with integers and scales in their file, and
/// float32 for the rest of them.
public enum Precision: String, Sendable, Codable, CaseIterable { case f32, bf16, int8 }
