/* Counting bits through builtins and by hand, at zero as well, and what is derived from it. */
#include "program.h"

KEEP static int leading(uint32_t x) { return x ? __builtin_clz(x) : 32; }
KEEP static int trailing(uint64_t x) { return x ? __builtin_ctzll(x) : 64; }
KEEP static int ones(uint64_t x) { return __builtin_popcountll(x); }
KEEP static int log_two(uint32_t x) { return 31 - __builtin_clz(x | 1); }
KEEP static int first(uint32_t x) { return __builtin_ffs((int)x); }
KEEP static int by_hand(uint32_t x) {
  x = x - (x >> 1 & 0x55555555u);
  x = (x & 0x33333333u) + (x >> 2 & 0x33333333u);
  return (int)(((x + (x >> 4)) & 0x0f0f0f0fu) * 0x01010101u >> 24);
}
KEEP static int redundant(int x) { return __builtin_clrsb(x); }
static const int positions[32] = {0,  1,  28, 2,  29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4,  8,
                                  31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6,  11, 5,  10, 9};
KEEP static int de_bruijn(uint32_t x) { return positions[((x & -x) * 0x077cb531u) >> 27]; }
KEEP static uint32_t next_set(uint32_t x) {
  uint32_t low = x & -x, ripple = x + low;
  return ripple | ((x ^ ripple) >> 2) / low;
}
KEEP static int runs(uint32_t x) {
  int n = 0;
  while (x) {
    x >>= trailing(x);
    x &= x + 1;
    n++;
  }
  return n;
}

int main(void) {
  const uint32_t values[] = {0, 1, 2, 0x80000000u, 0xffffffffu, 0x00f0f000u, 0x12345678u};
  for (int i = 0; i < COUNT(values); i++) {
    uint32_t x = in_u(values[i]);
    printf("%d %d %d %d %d %d %d ", leading(x), trailing(x), ones(x), log_two(x), first(x), by_hand(x), redundant((int)x));
    printf("%d %d\n", x ? de_bruijn(x) : -1, runs(x));
  }
  uint32_t x = in_u(7);
  for (int i = 0; i < 12; i++) x = next_set(x);
  out("next", x);
  out("wide", trailing(in_u64(1ull << 45)) * 100 + ones(in_u64(~0ull)));
}
