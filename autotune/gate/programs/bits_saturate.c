/* Arithmetic with a look at overflow: builtins, checks by hand, saturation, clamping to bytes. */
#include <limits.h>

#include "program.h"

KEEP static int add(int a, int b) {
  int sum;
  if (__builtin_add_overflow(a, b, &sum)) return a < 0 ? INT_MIN : INT_MAX;
  return sum;
}
KEEP static uint32_t sub(uint32_t a, uint32_t b) { return a > b ? a - b : 0; }
KEEP static int multiply(int a, int b, int *overflowed) {
  int product;
  *overflowed = __builtin_mul_overflow(a, b, &product);
  return product;
}
KEEP static int8_t add8(int8_t a, int8_t b) {
  int sum = a + b;
  return (int8_t)(sum > 127 ? 127 : sum < -128 ? -128 : sum);
}
KEEP static uint8_t byte(int x) { return (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : x); }
KEEP static int carries(uint64_t a, uint64_t b, uint64_t c) {
  uint64_t s = a + b, t = s + c;
  return (s < a) + (t < s);
}
KEEP static int checked(unsigned n, unsigned size) { return size && n > 0xffffffffu / size ? -1 : (int)(n * size % 1000); }
KEEP static int would(int a, int b) {
  return (b > 0 && a > INT_MAX - b) || (b < 0 && a < INT_MIN - b);
}
KEEP static int64_t widened(int a, int b) { return (int64_t)a * b - ((int64_t)a + b); }
KEEP static int mixed(int a, unsigned b) {
  uint8_t small;
  return __builtin_sub_overflow(a, b, &small) * 1000 + small;
}

int main(void) {
  const int edges[] = {0, 1, -1, INT_MAX, INT_MIN, 46341, -46341, 200};
  uint32_t hash = 1;
  for (int i = 0; i < COUNT(edges); i++)
    for (int k = 0; k < COUNT(edges); k++) {
      int a = in(edges[i]), b = in(edges[k]), over;
      hash = mix(hash, (uint32_t)add(a, b));
      hash = mix(hash, (uint32_t)multiply(a, b, &over) + (uint32_t)over);
      hash = mix(hash, sub((uint32_t)a, (uint32_t)b) ^ (uint32_t)would(a, b));
      hash = mix(hash, (uint32_t)(add8((int8_t)a, (int8_t)b) + 128) * 256 + byte(a));
      hash = mix(hash, (uint32_t)widened(a, b) + (uint32_t)checked((unsigned)a, (unsigned)b));
      hash = mix(hash, (uint32_t)carries((uint64_t)(int64_t)a, (uint64_t)(int64_t)b, 1) + (uint32_t)mixed(a, (unsigned)b) * 4);
    }
  out("hash", hash);
  out("add", add(in(INT_MAX), in(1)) / 2 + add(in(INT_MIN), in(-1)) / 2);
}
