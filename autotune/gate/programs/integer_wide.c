/* form: clang. Integers of 128 bits: products, shifts, division, comparison, conversion. */
#include "program.h"

typedef unsigned __int128 u128;
typedef __int128 i128;

static void out_128(const char *name, u128 x) { printf("%s %016llx%016llx\n", name, (unsigned long long)(x >> 64), (unsigned long long)x); }

KEEP static u128 product(uint64_t a, uint64_t b) { return (u128)a * b; }
KEEP static uint64_t high(uint64_t a, uint64_t b) { return (uint64_t)((u128)a * b >> 64); }
KEEP static i128 signed_product(int64_t a, int64_t b) { return (i128)a * b - 1; }
KEEP static u128 shift(u128 x, int n) { return n < 0 ? x >> -n : x << n; }
KEEP static u128 divide(u128 a, u128 b) { return a / b * 3 + a % b; }
KEEP static int compare(i128 a, i128 b) { return (a < b) - (a > b) + 2 * ((u128)a < (u128)b); }
KEEP static double to_double(i128 x) { return (double)x; }
KEEP static u128 fibonacci(int n) {
  u128 a = 0, b = 1;
  while (n-- > 0) {
    u128 next = a + b;
    a = b;
    b = next;
  }
  return a;
}
KEEP static uint64_t mod_mul(uint64_t a, uint64_t b, uint64_t m) { return (uint64_t)((u128)a * b % m); }
KEEP static u128 either(int which, u128 a, u128 b) { return which ? a : b; }
struct wide { char c; u128 x; };
KEEP static u128 field(struct wide *w) {
  w->x += (u128)1 << 100;
  w->c++;
  return w->x - w->c;
}

int main(void) {
  u128 p = product(in_u64(0xfedcba9876543210u), in_u64(0xf0e1d2c3b4a59687u));
  out_128("product", p);
  out("high", (long long)high(in_u64(~0ull), in_u64(~0ull)));
  out_128("signed", (u128)signed_product(in_64(INT64_MIN), in_64(INT64_MAX)));
  for (int n = -127; n < 128; n += 51) out_128("shift", shift(p, in(n)));
  out_128("divide", divide(p, product(in_u64(0x123456789u), in_u64(0x987654321fu))));
  out_128("divide", divide(p, in_u64(10)));
  out("compare", compare(signed_product(in_64(-5), in_64(7)), in_64(3)) * 10 + compare((i128)p, (i128)p));
  out_d("double", to_double((i128)(p >> 1)) + to_double(signed_product(in_64(-9), in_64(1))));
  out_128("fibonacci", fibonacci(in(180)));
  out("mod", (long long)mod_mul(in_u64(0xfffffffffffffff0u), in_u64(0xffffffffffffff11u), in_u64(1000000007)));
  out_128("either", either(in(0), p, ~p));
  struct wide w = {(char)in(4), p};
  out_128("field", field(&w));
}
