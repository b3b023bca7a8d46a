/* Extensions, truncations and comparisons of mixed widths and signs, in expressions and arguments. */
#include "program.h"

KEEP static int promote(int8_t a, uint8_t b, int16_t c, uint16_t d) { return a * b - c * d / 256; }
KEEP static int compare(int8_t a, uint8_t b, unsigned c) { return (a < b) | (a < (int)c) << 1 | ((unsigned)a < c) << 2 | (b == (uint8_t)a) << 3; }
KEEP static uint64_t extend(int32_t a) { return (uint64_t)a + (uint32_t)a; }
KEEP static int64_t trunc_extend(int64_t x) { return (int8_t)x + (int16_t)x * 3ll + (int32_t)x * 5ll; }
KEEP static unsigned mask(unsigned x) { return (uint8_t)x + (uint16_t)(x >> 8) + (uint8_t)(x >> 24) * 7u; }
KEEP static int booleans(int x) { return !!x + (x && 1) * 2 + (_Bool)(x & 6) * 4 + !(x & 8) * 8; }
KEEP static char flip(char c) { return (char)(c ^ (c >= 'a' && c <= 'z' ? 0x20 : 0)); }
KEEP static short accumulate(const int8_t *v, int n) {
  short sum = 0;
  for (int i = 0; i < n; i++) sum = (short)(sum * 3 + v[i]);
  return sum;
}
KEEP static unsigned char pass(unsigned char a, signed char b, _Bool c) { return (unsigned char)(c ? a - b : a + b); }
KEEP static int ternary(int c, short a, unsigned char b) { return c ? a : b; }
KEEP static long element(const int *base, int8_t i, unsigned k) { return base[4 + i] + base[(uint8_t)(k + 250)]; }

int main(void) {
  const int table[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
  const int8_t small[] = {127, -128, 55, -1, 100};
  for (int x = -130; x < 300; x += 61) {
    int v = in(x);
    printf("%d %d %lld %u %d ", promote((int8_t)v, (uint8_t)v, (int16_t)(v * 200), (uint16_t)(v * 300)), compare((int8_t)v, (uint8_t)(v + 5), (unsigned)v),
           (long long)extend(v), mask((unsigned)v * 65537u), booleans(v));
    printf("%lld %d %d\n", (long long)trunc_extend(v * 1234567ll), pass((unsigned char)v, (signed char)v, v & 1), ternary(v & 2, (short)-v, (unsigned char)-v));
  }
  out("accumulate", accumulate(small, in(5)));
  out("flip", flip((char)in('q')) * 256 + flip((char)in('{')));
  out("element", element(table, (int8_t)in(-3), in_u(8)));
}
