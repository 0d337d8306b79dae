// The C library of the system, imported only here: a file of another module that calls it imports Platform.
#if canImport(Glibc)
  @_exported import Glibc
#else
  @_exported import Darwin
#endif
