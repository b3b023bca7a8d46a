/* Division by values: guarded, in loops, strength-reduced, remainders of negative numbers. */
#include "program.h"

KEEP static int safe(int a, int b) { return b == 0 || (b == -1 && a == -2147483647 - 1) ? 0 : a / b; }
KEEP static int floor_div(int a, int b) {
  int q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}
KEEP static int modulo(int a, int b) {
  int r = a % b;
  return r < 0 ? r + (b < 0 ? -b : b) : r;
}
KEEP static unsigned round_up(unsigned x, unsigned to) { return (x + to - 1) / to * to; }
KEEP static int hoistable(const int *v, int n, int by) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    if (v[i] > 0) sum += 1000 / by + v[i] % by;
  return sum;
}
KEEP static uint64_t power_mod(uint64_t base, unsigned exponent, uint64_t modulus) {
  uint64_t result = 1;
  for (base %= modulus; exponent; exponent >>= 1) {
    if (exponent & 1) result = result * base % modulus;
    base = base * base % modulus;
  }
  return result;
}
KEEP static int shifted(unsigned x, unsigned n) { return (int)(x / (1u << n) * 100 + x % (1u << n)); }
KEEP static int primes(int n) {
  int found = 0;
  for (int i = 2; i < n; i++) {
    int k = 2;
    while (k * k <= i && i % k) k++;
    found += k * k > i;
  }
  return found;
}
KEEP static int twice(int a, int b, int c) { return c ? a / b : a / b + a % b; }

int main(void) {
  const int none[] = {0, -1, -5}, some[] = {3, -1, 9};
  for (int a = -7; a < 8; a += 7)
    for (int b = -3; b < 4; b += 2) out("div", floor_div(in(a), in(b)) * 100 + modulo(in(a), in(b)) * 10 + safe(in(a), in(b)));
  out("safe", safe(in(5), in(0)) + safe(in(-2147483647 - 1), in(-1)));
  out("up", round_up(in_u(13), in_u(8)) * 100 + round_up(in_u(16), in_u(8)));
  out("hoist", hoistable(none, in(3), in(0)) + hoistable(some, in(3), in(7)));
  out("power", (long long)power_mod(in_u64(123456789), in_u(65537), in_u64(4294967291u)));
  out("shifted", shifted(in_u(0xabcde), in_u(5)));
  out("primes", primes(in(100)));
  out("twice", twice(in(17), in(5), in(0)) + twice(in(17), in(5), in(1)));
}
