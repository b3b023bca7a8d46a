/* Division and remainder by constants: exact, negative, large, in pairs, tests of divisibility. */
#include <limits.h>

#include "program.h"

KEEP static int by_seven(int x) { return x / 7 * 1000 + x % 7; }
KEEP static unsigned by_ten(unsigned x) { return x / 10 + x % 10 * 3; }
KEEP static int by_minus(int x) { return x / -3 + x % -5; }
KEEP static int by_power(int x) { return x / 8 * 100 + x % 8; }
KEEP static unsigned power_unsigned(unsigned x) { return x / 64 + x % 64; }
KEEP static int64_t wide(int64_t x) { return x / 1000000007 + x % 1000000007; }
KEEP static uint64_t large(uint64_t x) { return x / 0xfffffffffffffff1u + x % 0xfffffffffffffff1u; }
KEEP static int divisible(int x) { return (x % 3 == 0) | (x % 4 == 0) << 1 | (x % 7 == 1) << 2 | (x % -6 == 0) << 3; }
KEEP static int divisible_unsigned(unsigned x) { return (x % 5 == 0) | (x % 12 == 7) << 1 | (x % 2 == 1) << 2; }
KEEP static unsigned chain(unsigned x) { return x / 6 / 7 + x * 12 / 4 + (x & ~3u) / 4 * 4; }
KEEP static uint8_t small(uint8_t x) { return (uint8_t)(x / 11 * 11 + x % 3); }
KEEP static short halves(short x) { return (short)(x / 2 + x % 2); }
KEEP static int pairs(int a, int b) {
  int quotient = a / b, rest = a % b;
  return quotient % 1000 * 31 + rest - (a - quotient * b - rest);
}
KEEP static int min_by_one(int x) { return x / 1 + x % 1 + x / INT_MIN; }

int main(void) {
  const int values[] = {0, 1, -1, 7, -7, 21, -21, INT_MAX, INT_MIN, 1234567, -1234567, 12, 84};
  uint32_t hash = 1;
  for (int i = 0; i < COUNT(values); i++) {
    int x = in(values[i]);
    unsigned u = (unsigned)x;
    hash = mix(hash, (uint32_t)by_seven(x / 1000) + by_ten(u));
    hash = mix(hash, (uint32_t)by_minus(x) + (uint32_t)by_power(x / 100) + power_unsigned(u));
    hash = mix(hash, (uint32_t)wide((int64_t)x * 77777777 / 3) + (uint32_t)large((uint64_t)(int64_t)x));
    hash = mix(hash, (uint32_t)(divisible(x) + divisible_unsigned(u) * 16) + chain(u));
    hash = mix(hash, (uint32_t)(small((uint8_t)x) + halves((short)x) + pairs(x / 2, 13) + pairs(x / 3, -13)));
    hash = mix(hash, (uint32_t)min_by_one(x));
    printf("%d %d ", by_minus(x), divisible(x));
  }
  out("hash", hash);
}
