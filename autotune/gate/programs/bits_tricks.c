/* Identities on bits that instcombine rewrites: masks, carries, absolute values, signs, selects. */
#include "program.h"

KEEP static int sign(int x) { return (x > 0) - (x < 0); }
KEEP static unsigned absolute(int x) { int m = x >> 31; return ((unsigned)x ^ (unsigned)m) - (unsigned)m; }
KEEP static int is_power(uint32_t x) { return x && !(x & (x - 1)); }
KEEP static uint32_t next_power(uint32_t x) {
  x--;
  for (int i = 1; i < 32; i <<= 1) x |= x >> i;
  return x + 1;
}
KEEP static uint32_t average(uint32_t a, uint32_t b) { return (a & b) + ((a ^ b) >> 1); }
KEEP static int opposite(int a, int b) { return (a ^ b) < 0; }
KEEP static uint32_t blend(uint32_t a, uint32_t b, uint32_t mask) { return a ^ ((a ^ b) & mask); }
KEEP static int parity(uint64_t x) {
  for (int i = 32; i; i >>= 1) x ^= x >> i;
  return (int)(x & 1);
}
KEEP static uint32_t reversed(uint32_t x) {
  x = (x & 0x55555555u) << 1 | (x >> 1 & 0x55555555u);
  x = (x & 0x33333333u) << 2 | (x >> 2 & 0x33333333u);
  x = (x & 0x0f0f0f0fu) << 4 | (x >> 4 & 0x0f0f0f0fu);
  return __builtin_bswap32(x);
}
KEEP static int has_zero(uint32_t x) { return ((x - 0x01010101u) & ~x & 0x80808080u) != 0; }
KEEP static uint64_t interleave(uint32_t x) {
  uint64_t z = 0;
  for (int i = 0; i < 32; i++) z |= (uint64_t)(x >> i & 1) << 2 * i;
  return z;
}
KEEP static unsigned tests(int x) {
  return (unsigned)(((x & 8) == 0) | ((x & 12) == 12) << 1 | ((x & -x) == x) << 2 | ((x | 7) == 7) << 3 | ((~x & 5) == 0) << 4 |
                    ((x ^ 3) < 4) << 5 | ((unsigned)x - 10 < 5) << 6 | (x >> 31 == -1) << 7);
}

int main(void) {
  uint32_t hash = 1;
  for (int i = 0; i < 24; i++) {
    uint32_t x = in_u((uint32_t)i * 0x9e3779b1u >> (i & 31)), y = in_u(x * 3 + 1);
    hash = mix(hash, (uint32_t)(sign((int)x) + 5) + absolute((int)(x | 1)) + (uint32_t)is_power(x));
    hash = mix(hash, next_power(x >> 1) + average(x, y) + (uint32_t)opposite((int)x, (int)y));
    hash = mix(hash, blend(x, y, 0xff00ff00u) ^ reversed(y));
    hash = mix(hash, (uint32_t)(parity(x * (uint64_t)y) + has_zero(x)) ^ (uint32_t)(interleave(y) >> 13));
    hash = mix(hash, tests(in(i)) + tests((int)x) * 256);
  }
  out("hash", hash);
  for (int x = -2; x < 3; x++) printf("%d %u %d ", sign(in(x)), absolute(in(x)), is_power((uint32_t)in(x)));
  out("zero", (int)next_power(in_u(0)) + has_zero(in_u(0x11002233)) + (int)next_power(in_u(0x80000001)));
}
