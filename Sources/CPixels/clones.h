#pragma once

// A loop compiled twice, the wider one taken where the processor has it.
#if defined(__x86_64__) && defined(__linux__)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif
