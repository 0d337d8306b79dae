import Testing

@testable import imgrec

/// What `--listen` takes.
struct ListenAddressTests {
  @Test(arguments: [
    ("9464", "127.0.0.1", 9464), ("0", "127.0.0.1", 0), (":9464", nil, 9464), ("0.0.0.0:1", "0.0.0.0", 1),
    ("localhost:65535", "localhost", 65535), ("[::1]:9464", "::1", 9464), ("[fe80::1%eth0]:80", "fe80::1%eth0", 80),
    ("my-host.example_1:80", "my-host.example_1", 80), ("00080", "127.0.0.1", 80),
  ])
  func addresses(text: String, host: String?, port: Int) throws {
    let address = try ListenAddress.parse(text)
    #expect(address.host == host)
    #expect(address.port == port)
    #expect(address.text == text)
  }

  @Test(arguments: [
    "", "a", "65536", "99999999999999999999", "-1", "+1", "127.0.0.1", "::1", "[::1]", "1:2:3", "[127.0.0.1]:80",
    "http://127.0.0.1:80", "a b:80", "host:", "host:0x50", "[]:80", "[:80", "9464 ", " 9464", "٣:80", "٨٠", "9.5",
    "*:80",
    "/tmp/socket", "unix:/tmp/s",
  ])
  func mistakes(text: String) { #expect(throws: (any Error).self) { try ListenAddress.parse(text) } }
}
